//! Tokens, format-preserving encryption, date shift, generalisation; the vault that reverses them.

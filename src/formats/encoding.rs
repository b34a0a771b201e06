//! Text encodings: deciding, decoding with a way back to the bytes, encoding.

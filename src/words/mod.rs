//! Every sentence for people, in Chinese and English.

//! Messages about formats: what each holds back, and passwords.

use super::messages::messages;

messages! {
    /// A message for people about formats and passwords.
    FormatWord;

    // The table of formats.
    Title: "本程序读写的格式（共 {} 种）", "Formats this program reads and writes ({})";
    HeadFormat: "格式", "format";
    HeadNames: "常见扩展名", "usual names";
    HeadRead: "读取", "read";
    HeadCopy: "脱敏副本", "copy";
    HeadUnseen: "看不到的内容", "not seen";
    ReadYes: "是", "yes";
    ReadPartly: "总是部分", "always partly";
    ReadBeside: "像素以外的文字", "texts beside the pixels";
    CopyYes: "有", "yes";
    CopyNo: "无，扣留", "no, withheld";
    CopyDocx: "转成 docx，只有文字", "converted: docx, text alone";
    CopyXlsx: "转成 xlsx，只有值", "converted: xlsx, values alone";
    CopyMembers: "每个成员都能出副本时有", "when each member has one";
    CopyInside: "在其他文件内留空；单独的不出副本", "blank inside others; none alone";
    Encodings: "文字编码：UTF-8、GB 18030（含 GBK、GB 2312）、Big5、UTF-16（大小端），按内容判断；其他编码（Shift_JIS、EUC-KR、Windows 代码页等）是猜测；看不到 UTF-32 和 EBCDIC。",
        "Encodings, decided by content: UTF-8, GB 18030 (with GBK and GB 2312), Big5, UTF-16 in both byte orders; others (Shift_JIS, EUC-KR, Windows code pages) are guesses; UTF-32 and EBCDIC are not seen.";
    Others: "其他格式（RAR、Access、Outlook 存储等）不读取：记入台账，副本扣留。先看内容，后看扩展名。",
        "Everything else (RAR, Access, Outlook stores and more) is not read: it stands in the ledger, and has no copy. Bytes count before names.";
    More: "细节见 docs/formats.md。", "docs/formats.md has the details.";

    // What is not seen.
    UnseenText: "文字里编码的内容（Base64）", "what is encoded in the text (base64)";
    UnseenMarkup: "脚本算出的内容、链接背后的内容、写进页面的图片", "what scripts compute, what lies behind links, pictures written into the page";
    UnseenOffice: "图片、宏、墨迹、画成形状的字", "pictures, macros, ink, text drawn as shapes";
    UnseenSheet: "图片、宏、没有结果的公式拼出的值", "pictures, macros, values put together by formulas that have no result";
    UnseenXlsb: "批注、页眉页脚、图形、宏", "comments, headers and footers, drawings, macros";
    UnseenDoc: "图片、压缩的数据", "pictures, packed data";
    UnseenRtf: "图片、嵌入对象", "pictures, embedded objects";
    UnseenZip: "没有密码的加密成员、存储和 deflate 以外的压缩方法", "encrypted members without a password, methods other than stored and deflated";
    UnseenPacked: "超过 128 MiB 的字典、加密数据", "dictionaries over 128 MiB, encrypted data";
    UnseenSevenZip: "没有密码的加密内容、PPMd、BCJ2", "what is encrypted without a password, PPMd, BCJ2";
    UnseenMail: "加密的部分、uuencode", "encrypted parts, uuencode";
    UnseenOutlook: "加密或签名的部分、不认识的属性", "encrypted or signed parts, properties that are not known";
    UnseenLocked: "没有密码的；证书加密的", "without a password; encrypted for a certificate";
    UnseenCard: "不认识的编码", "encodings that are not known";
    UnseenImage: "像素（不识别文字）", "the pixels (no text recognition)";
    UnseenDbf: "索引文件、加密表", "index files, encrypted tables";
    UnseenSqlite: "与相邻数据混在一起的已删除值、加密数据库", "deleted values run together with their neighbours, encrypted databases";
    UnseenJournal: "要先关闭数据库才能出副本", "no copy until the database is closed";
    UnseenParquet: "加密的列、Brotli 和 LZO 压缩的列", "encrypted columns, columns packed with Brotli or LZO";
    UnseenArrow: "Feather 第 1 版", "Feather of version 1";
    UnseenAvro: "xz 等不认识的压缩方法", "compressions that are not known, as xz";
    UnseenSql: "表达式拼出的值", "values put together by expressions";
    UnseenOfd: "画成路径的字、图片", "text drawn as paths, pictures";
    UnseenPdf: "页面上的图片、没有字符对应的字形、早期修订", "pictures on pages, glyphs without a character, earlier revisions";

    // Passwords.
    PasswordsUnreadable: "读不了密码文件 {}：{}；检查路径和权限", "cannot read the password file {}: {}; check path and rights";
    PasswordsNotText: "密码文件 {} 不是 UTF-8 文本；每行一个密码，另存为 UTF-8", "the password file {} is not UTF-8 text; save it as UTF-8, one password a line";
    PasswordsEmpty: "密码文件 {} 里没有密码；每行写一个", "the password file {} holds no password; write one a line";
    PasswordsOpen: "警告：密码文件 {} 别人也能读；请执行 chmod 600", "warning: others can read the password file {}; run chmod 600 on it";
}

/// How much of a format is read, and what a copy is.
#[derive(Debug, Clone, Copy)]
pub struct FormatFacts {
    /// Usual ends of names.
    pub names: &'static str,
    /// How it is read.
    pub read: FormatWord,
    /// What becomes of a copy of a format that writes.
    pub copy: FormatWord,
    /// What is not seen.
    pub unseen: FormatWord,
}

/// What is to be said of a format by its id; `None` for one that is not known here.
pub fn format_facts(id: &str) -> Option<FormatFacts> {
    use FormatWord as W;
    let (names, unseen) = match id {
        "text" => ("txt log md …", W::UnseenText),
        "csv" => ("csv tsv psv", W::UnseenText),
        "json" => ("json jsonl ndjson", W::UnseenText),
        "xml" => ("xml xsd svg", W::UnseenText),
        "html" => ("html htm xhtml", W::UnseenMarkup),
        "xlsx" => ("xlsx xlsm xltx xltm", W::UnseenSheet),
        "xls" => ("xls xlt et", W::UnseenSheet),
        "xlsb" => ("xlsb", W::UnseenXlsb),
        "ods" => ("ods ots", W::UnseenOffice),
        "docx" => ("docx docm dotx dotm", W::UnseenOffice),
        "pptx" => ("pptx pptm ppsx potx", W::UnseenOffice),
        "odt" => ("odt ott", W::UnseenOffice),
        "odp" => ("odp odg", W::UnseenOffice),
        "rtf" => ("rtf", W::UnseenRtf),
        "doc" => ("doc dot wps", W::UnseenDoc),
        "ppt" => ("ppt pps dps", W::UnseenDoc),
        "pdf" => ("pdf", W::UnseenPdf),
        "ofd" => ("ofd", W::UnseenOfd),
        "ofd-part" => ("xml", W::UnseenOfd),
        "zip" => ("zip", W::UnseenZip),
        "7z" => ("7z", W::UnseenSevenZip),
        "tar" => ("tar", W::UnseenPacked),
        "gzip" => ("gz tgz", W::UnseenPacked),
        "bzip2" => ("bz2", W::UnseenPacked),
        "xz" => ("xz", W::UnseenPacked),
        "zstd" => ("zst", W::UnseenPacked),
        "eml" => ("eml", W::UnseenMail),
        "mbox" => ("mbox", W::UnseenMail),
        "msg" => ("msg", W::UnseenOutlook),
        "tnef" => ("winmail.dat", W::UnseenOutlook),
        "office-locked" => ("docx xlsx pptx", W::UnseenLocked),
        "vcf" => ("vcf", W::UnseenCard),
        "ics" => ("ics", W::UnseenCard),
        "png" => ("png", W::UnseenImage),
        "jpg" => ("jpg jpeg", W::UnseenImage),
        "gif" => ("gif", W::UnseenImage),
        "tiff" => ("tif tiff", W::UnseenImage),
        "bmp" => ("bmp", W::UnseenImage),
        "webp" => ("webp", W::UnseenImage),
        "heic" => ("heic heif", W::UnseenImage),
        "dbf" => ("dbf mdd", W::UnseenDbf),
        "dbt" => ("dbt", W::UnseenDbf),
        "fpt" => ("fpt", W::UnseenDbf),
        "sqlite" => ("sqlite db db3", W::UnseenSqlite),
        "sqlite-journal" => ("-wal -journal", W::UnseenJournal),
        "parquet" => ("parquet", W::UnseenParquet),
        "arrow" => ("arrow arrows feather", W::UnseenArrow),
        "avro" => ("avro", W::UnseenAvro),
        "sql" => ("sql", W::UnseenSql),
        _ => return None,
    };
    let read = match id {
        "doc" | "ppt" | "xlsb" => W::ReadPartly,
        _ if unseen == W::UnseenImage => W::ReadBeside,
        _ => W::ReadYes,
    };
    let copy = match id {
        "zip" | "7z" | "tar" | "gzip" | "bzip2" | "xz" | "zstd" | "eml" | "mbox" => W::CopyMembers,
        _ if unseen == W::UnseenImage => W::CopyInside,
        _ => W::CopyYes,
    };
    Some(FormatFacts {
        names,
        read,
        copy,
        unseen,
    })
}

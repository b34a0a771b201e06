//! Names that the standard itself has (ISO 32000-1 and -2), and those of characters. A value that is spelt like
//! one is looked for in texts: that a file has pages, fonts and lengths tells nothing.

use super::font::named;
use std::{collections::HashSet, sync::LazyLock};

/// Names of four letters and more; no value that is looked for is shorter.
const WORDS: &str = "\
    ADBE APRef ASCII85Decode ASCIIHexDecode AbsoluteColorimetric AcroForm Action ActionScript ActualText \
    Adobe After AllOff AllOn AllPages Alpha AlphaNum Alternate AlternateImages AlternatePresentations \
    Alternates Alternating Angle Annot Annotation Annots AnyOff AnyOn AppDefault Appearance Appended Approved \
    ArtBox Article Artifact AsIs Ascent Aside Assets Attached Attestation AuthEvent Author AvgWidth BBox Back \
    BackGround Background BackgroundColor Base BaseEncoding BaseFont BaseState BaseVersion Bates Before \
    BibEntry BitsPerComponent BitsPerCoordinate BitsPerFlag BitsPerSample BlackIs1 BlackPoint BleedBox Blind \
    Block BlockAlign BlockQuote Bold BoldItalic Border BorderColor BorderStyle BorderThickness Both Bottom \
    Bottoms Bounds ButtonLabel ByteRange CCITTFaxDecode CIDFontType0 CIDFontType0C CIDFontType2 CIDInit \
    CIDSet CIDSystemInfo CIDToGIDMap CMYK CMap CMapName CMapType CRC32 CalCMYK CalGray CalRGB \
    CalculationOrder CapHeight Caption Caret Catalog Category Center CenterWindow Cert ChangedBy Chapter \
    CharProcs CharSet CheckSum Child Circle ClassMap ClosedArrow Code Collection CollectionField \
    CollectionItem CollectionSchema CollectionSort CollectionSubitem Color ColorBurn ColorDodge ColorSpace \
    ColorTransform Colorants Colors Column ColumnCount ColumnGap ColumnWidths Columns Comment Comments \
    Compatible Components Confidential ContactInfo Content Contents Coords Copyright Count Counter Courier \
    Courier-Bold Courier-BoldOblique Courier-Oblique CourierNew Cover CreationDate Creator CreatorInfo \
    CropBox CropFixed CropRect Crypt CryptFilter CryptFilterDecodeParms CueDown Cutout DCTDecode Darken \
    Dashed Data Date DecimalStructure Decode DecodeParms Default DefaultCMYK DefaultForPrinting DefaultGray \
    DefaultRGB Departmental Desc DescendantFonts Descent Dest DestOutputProfile Dests Details DeviceCMYK \
    DeviceColorant DeviceGray DeviceN DeviceRGB Diamond Difference Differences Direction Disc DisplayDocTitle \
    Distribute DocMDP DocOpen DocTimeStamp Document Domain Dotted Double Draft Duplex DuplexFlipLongEdge \
    DuplexFlipShortEdge Duration EFOpen EarlyChange Embedded EmbeddedFile EmbeddedFiles Encode \
    EncodedByteAlign Encoding Encrypt EncryptMetadata EndIndent EndOfBlock EndOfLine Enterprise Event ExData \
    Exclude Exclusion Experimental Expired Export ExportState ExtGState Extend Extends ExtensionLevel \
    Extensions FDecodeParms FFilter FTab Fade FauxBold FauxItalic Field FieldMDP Fields Figure FileAttachment \
    FileSize Filespec Filter Final First FirstChar FirstPage FitB FitBH FitBV FitH FitR FitV FitWindow \
    FixedPrint Flags FlateDecode FlyArea Font FontBBox FontDescriptor FontFamily FontFauxing FontFile \
    FontFile2 FontFile3 FontMatrix FontName FontStretch FontWeight Footer ForComment ForPublicRelease Form \
    FormEx FormType Formula Frame FreeText FreeTextCallout FreeTextTypeWriter Full FullScreen Function \
    FunctionType Functions GTS_PDFA1 GTS_PDFX Gamma Glitter GlyphOrientationVertical GoTo GoTo3DView GoToDp \
    GoToE GoToR Graph Graphics Gray Groove Group HalftoneName HalftoneType HardLight Head Header Headers \
    Height Height2 Help Helv Helvetica Helvetica-Bold Helvetica-BoldOblique Helvetica-Oblique Hidden Hide \
    HideAnnotationActions HideMenubar HideToolbar HideWindowUI Highlight Home Huge ICCBased IDTree IccProfile \
    Icon Identity Identity-H Identity-V Illustrator Image ImageB ImageC ImageI ImageMask Import ImportData \
    Index Indexed Indices Info InkList Inline InlineAlign Insert Inset Intent Interpolate InvertedDouble \
    Issuer Italic ItalicAngle Item Items JBIG2Decode JBIG2Globals JPXDecode JavaScript Justify Keystroke \
    Keywords Kids LBody LZWDecode Label Lang Language Large Last LastChar LastModified LastPage Launch \
    LaunchUrl Layer LayerID Layout Leading Legal Length Length1 Length2 Length3 Level1 Lighten Limits Line \
    LineArrow LineDimension LineHeight LineThrough LineX LineY Linearized Link List ListBox ListMode \
    ListNumbering Location Lock Locked LowerAlpha LowerRoman LrTb Luminosity MCID MMType1 MacExpertEncoding \
    MacRomanEncoding MarkInfo MarkStyle Marked Marquee Mask Matrix Matte MaxLen MaxWidth Measure MediaBox \
    Medium Metadata Middle MissingWidth MixingHints ModDate Movie MovieActions MoviePlay Multiply NChannel \
    Name Named Names NeedAppearances NeedsRendering NewWindow Next NextPage NoCrop NonEFontNoWarn \
    NonFullScreenPageMode NonStruct None Normal NotApproved NotForPublicRelease Note Notes NumCopies Number \
    NumberFormat NumberingStyle Nums OBJR OCGs OCMD OCProperties ObjStm Oblique OneColumn Open OpenAction \
    OpenArrow OpenType Operation OptionalContent Order Ordered Ordering Orientation Orig Outlines \
    OutputCondition OutputConditionIdentifier OutputIntent OutputIntents Outset Overlay OverlayText Overline \
    Overprint PROCSET Padding Page PageElement PageLabel PageLabels PageLayout PageMode PageNum Pages \
    Pagination PaintType Paperclip Para Paragraph Params Parent ParentTree ParentTreeNextKey Part Password \
    Pattern PatternType Perceptual Perms PickTrayByPDFSize PieceInfo Placement Plate Playback PolyLine \
    PolyLineDimension Polygon PolygonCloud PolygonDimension Popup PreRelease Predictor PresSteps PreserveRB \
    Prev PrevPage Preview Print PrintArea PrintClip PrintPageRange PrintScaling PrintState PrinterMark \
    PrinterMarks Private ProcSet Producer ProjectionType Prop_AuthTime Prop_AuthType Prop_Build Properties \
    Proportion PubSec Push PushPin QuadPoints Quadding Quote RBGroups RIPEMD160 Radio RadioButton Range \
    Reason Reasons Rect Redact Reference Region Registry Regular RelativeColorimetric Rendition Renditions \
    Replace ReqHandler Requirement Requirements ResFork Reset ResetForm Resize Resources Reversed RichMedia \
    RichMediaContent RichMediaExecute RichMediaSettings Ridge Role RoleMap RolloverCaption Roman Root Rotate \
    RowSpan Rows Ruby RubyAlign RubyPosition RunLengthDecode SHA1 SHA256 SHA384 SHA512 SMask SMaskInData \
    SVCert Saturate Saturation Scale Schema Scope Screen Screening ScrollBar Sect Section Sections Separation \
    SeparationColorNames SeparationInfo SerifFont SetOCGState Shading ShadingType Shadow Shape Short \
    SigFieldLock SigFlags SigQ SigRef Signature Simplex SinglePage Size Small SoftLight Sold Solid Sort Sound \
    SoundActions Source SourceModified SpaceAfter SpaceBefore Span Speaker SpectralColorants SpiderInfo Split \
    Spot SpotFunction Square Squiggly Stamp Standard StandardEncoding Start StartIndent StartResource State \
    StateModel Status StemH StemV StmF Stop Story StrF Stream StrikeOut Strikeout StrokeWidth StructElem \
    StructParent StructParents StructTreeRoot Style StyleSpan SubFilter SubFilters Subject SubjectDN Submit \
    SubmitForm SubmitStandalone Subst Subtype Subtype2 Summary Supplement Suspects Symbol TBody TBorderStyle \
    TFoot THead TOCI TPadding TRef Table Tabs Tagged Templated Templates Text TextAlign TextDecorationColor \
    TextDecorationThickness TextDecorationType TextIndent Textbody Thick Thin Thread Threads Threshold Thumb \
    Tile TilingType Time TimeStamp Times-Bold Times-BoldItalic Times-Italic Times-Roman Title ToUnicode \
    Toggle ToggleNoView TopSecret Trans TransferFunction TransformMethod TransformParams Transparency TrapNet \
    TrapRegions TrapStyles Trapped TriState TrimBox Trimbox True TrueType TrueTypeFonts TwoColumnLeft \
    TwoColumnRight TwoPageLeft TwoPageRight Type Type0 Type1 Type1C Type3 UCR2 URIActions URLS UTF8 Unchanged \
    Uncover Underline Unix Unknown Unspecified UpperAlpha UpperRoman Usage UseAttachments UseCMap UseNone \
    UseOC UseOutlines UseThumbs User UserProperties UserUnit VeriSignPPKVS Version Vertices View ViewArea \
    ViewClip ViewState ViewerPreferences Viewport Visibility Visible VisiblePages Volume WMode Warichu \
    Watermark WhitePoint Widget Width Width2 Widths WinAnsiEncoding Winding Wipe WritingMode XFAResources \
    XHeight XObject XRef XRefStm XStep XUID YStep ZaDb ZapfDingbats Zoom adbe.pkcs7.detached adbe.pkcs7.s3 \
    adbe.pkcs7.sha1 adbe.x509.rsa_sha1 begincmap checked defineresource endcmap findresource page pages print \
    radio usecmap usefont";

static ALL: LazyLock<HashSet<&[u8]>> =
    LazyLock::new(|| WORDS.split_ascii_whitespace().map(str::as_bytes).collect());

/// Whether a name is one of the standard, whoever writes it.
pub(super) fn is_of_standard(name: &[u8]) -> bool {
    let plain = || name.iter().all(u8::is_ascii_alphabetic);
    ALL.contains(name) || (plain() && named(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::is_of_standard;

    #[test]
    fn names_of_the_standard_are_told_from_those_of_files() {
        for name in ["Page", "FlateDecode", "Times-Roman", "Contents", "Euro"] {
            assert!(is_of_standard(name.as_bytes()), "{name}");
        }
        for name in ["Li Na", "Bartholomew", "F13800138000", "Page1", "uni674E"] {
            assert!(!is_of_standard(name.as_bytes()), "{name}");
        }
    }
}

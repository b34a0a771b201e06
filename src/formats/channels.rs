//! Every place in which a format can hold a value: one is planted in each, each must be found, and none may be left in
//! the copy, raw or inflated. What the tests of a format hold already is not here again.

use super::{
    Dbf, Eml, Format, Image, Ofd, Office, OpenDocument, Sqlite, Xlsx, Xml,
    archives::testing::{Finder, copy, holds, read, unzipped, zipped},
    nest,
};
use crate::model::GapKind;

/// Values, one after the other.
struct Values(Vec<String>);

impl Values {
    fn next(&mut self) -> String {
        let value = format!("13900{:06}", 100_000 + self.0.len() * 37);
        self.0.push(value.clone());
        value
    }
}

/// Bytes with lines joined and bytes set that are written as `=41` or `%41`.
fn undone(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty()) {
        let digits = rest.get(1..3).and_then(|d| std::str::from_utf8(d).ok());
        let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
        match (rest[0], byte) {
            (b'=', None) if rest.starts_with(b"=\r\n") => at += 3,
            (b'=' | b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// The bytes and everything that is packed in them.
fn everything(bytes: &[u8], depth: u32, out: &mut Vec<Vec<u8>>) {
    out.push(bytes.to_vec());
    out.push(undone(bytes));
    if depth < 4 && bytes.starts_with(b"PK") {
        for (name, data) in unzipped(bytes) {
            out.push(name);
            everything(&data, depth + 1, out);
        }
    }
}

/// Holds a format to its promise for one file: all values found, but for those in what is told to be unread (`unread` of
/// them), and none in the copy. A second copy is the first.
fn holds_to(
    format: &dyn Format,
    bytes: &[u8],
    values: &Values,
    unread: usize,
) -> (Finder, Vec<u8>) {
    let needles: Vec<&str> = values.0.iter().map(String::as_str).collect();
    let mut planted = Vec::new();
    everything(bytes, 0, &mut planted);
    for needle in &needles {
        assert!(
            planted.iter().any(|p| holds(p, needle)),
            "{needle} was not planted"
        );
    }
    let (found, result) = read(format, bytes, &[]);
    result.unwrap();
    let missed: Vec<&&str> = needles
        .iter()
        .filter(|n| found.places(n).is_empty())
        .filter(|n| !found.members.iter().any(|m| m.0.contains(**n)))
        .collect();
    assert_eq!(missed.len(), unread, "{missed:?}");
    let told = found.gaps.iter().filter(|g| g.1 != GapKind::Signed).count();
    assert!(told >= unread.min(1), "{:?}", found.gaps);

    let (out, result) = copy(format, bytes, &needles);
    result.unwrap();
    let mut parts = Vec::new();
    everything(&out, 0, &mut parts);
    for needle in &needles {
        for part in &parts {
            let around = memchr::memmem::find(part, needle.as_bytes()).map(|at| {
                String::from_utf8_lossy(&part[at.saturating_sub(60)..(at + 40).min(part.len())])
                    .into_owned()
            });
            assert!(!holds(part, needle), "{needle} is left: {around:?}");
        }
    }
    let (again, result) = read(format, &out, &[]);
    result.unwrap();
    assert!(needles.iter().all(|n| again.places(n).is_empty()));
    (found, out)
}

const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A package of Office with these parts.
fn office(main: &str, kind: &str, parts: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let mut all = vec![
        (
            "[Content_Types].xml".to_owned(),
            format!(
                "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/{main}\" ContentType=\"application/vnd.openxmlformats-officedocument.{kind}.main+xml\"/></Types>"
            )
            .into_bytes(),
        ),
        (
            "_rels/.rels".to_owned(),
            format!(
                "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{REL}/officeDocument\" Target=\"{main}\"/></Relationships>"
            )
            .into_bytes(),
        ),
    ];
    all.extend(parts);
    zipped(&all)
}

/// The parts of a workbook that holds one more sheet in nothing.
fn small_book(value: &str) -> Vec<u8> {
    let sheet = format!(
        "<?xml version=\"1.0\"?><worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{value}</t></is></c></row></sheetData></worksheet>"
    );
    office(
        "xl/workbook.xml",
        "spreadsheetml.sheet",
        vec![
            (
                "xl/workbook.xml".into(),
                format!("<?xml version=\"1.0\"?><workbook xmlns:r=\"{REL}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>").into_bytes(),
            ),
            (
                "xl/_rels/workbook.xml.rels".into(),
                format!("<Relationships><Relationship Id=\"r1\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>").into_bytes(),
            ),
            ("xl/worksheets/sheet1.xml".into(), sheet.into_bytes()),
        ],
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "one list")]
fn workbooks() {
    let mut values = Values(Vec::new());
    let mut v = || values.next();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, data: String| parts.push((name.into(), data.into_bytes()));
    add(
        "xl/workbook.xml",
        format!(
            "<?xml version=\"1.0\"?><workbook xmlns:r=\"{REL}\"><fileSharing userName=\"{}\"/><x15ac:absPath url=\"C:\\Users\\{}\\\"/><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets>\
             <definedNames><definedName name=\"_hidden\" hidden=\"1\" description=\"{}\">S!$A$1</definedName></definedNames></workbook>",
            v(),
            v(),
            v()
        ),
    );
    add(
        "xl/_rels/workbook.xml.rels",
        format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{REL}/externalLinkPath\" Target=\"file:///C:/{}/a.xlsx\" TargetMode=\"External\"/></Relationships>",
            v()
        ),
    );
    let tail = format!(
        "<scenarios><scenario name=\"s{}\" user=\"{}\" comment=\"{}\"><inputCells r=\"A1\" val=\"{}\"/></scenario></scenarios>\
         <autoFilter ref=\"A1\"><filterColumn colId=\"0\"><customFilters><customFilter operator=\"equal\" val=\"{}\"/></customFilters></filterColumn></autoFilter>\
         <conditionalFormatting sqref=\"A1\"><cfRule type=\"containsText\" text=\"{}\"><formula>NOT(ISERROR(SEARCH(\"{}\",A1)))</formula></cfRule></conditionalFormatting>\
         <dataValidations><dataValidation type=\"list\" promptTitle=\"{}\" errorTitle=\"{}\" error=\"{}\" sqref=\"A1\"><formula1>\"a,{}\"</formula1></dataValidation></dataValidations>\
         <headerFooter><evenHeader>&amp;L{}</evenHeader><evenFooter>&amp;R{}</evenFooter><firstHeader>&amp;C{}</firstHeader><firstFooter>&amp;L{}</firstFooter></headerFooter>\
         <extLst><ext><x14:dataValidations><x14:dataValidation prompt=\"{}\"><x14:formula1><xm:f>\"{}\"</xm:f></x14:formula1></x14:dataValidation></x14:dataValidations></ext></extLst>",
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        v()
    );
    add(
        "xl/worksheets/sheet1.xml",
        format!(
            "<?xml version=\"1.0\"?><worksheet xmlns:r=\"{REL}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c><c r=\"B1\" t=\"d\"><v>{}</v></c><c r=\"C1\"><f t=\"shared\" ref=\"C1:C2\" si=\"0\">CONCAT(\"{}\",A1)</f></c></row></sheetData>{tail}</worksheet>",
            v(),
            v()
        ),
    );
    for (name, xml) in [
        (
            "xl/revisions/revisionLog1.xml",
            "<revisions><rcc rId=\"1\"><oc r=\"A1\" t=\"inlineStr\"><is><t>V</t></is></oc><nc r=\"A1\"><v>V</v></nc></rcc><rcmt author=\"V\"/></revisions>",
        ),
        (
            "xl/revisions/revisionHeaders.xml",
            "<headers><header userName=\"V\"/></headers>",
        ),
        (
            "xl/revisions/userNames.xml",
            "<users><userInfo name=\"V\"/></users>",
        ),
        (
            "xl/pivotCache/pivotCacheDefinition1.xml",
            "<pivotCacheDefinition refreshedBy=\"V\"><cacheFields><cacheField name=\"电话\"><sharedItems><s v=\"V\"/></sharedItems></cacheField></cacheFields></pivotCacheDefinition>",
        ),
        (
            "xl/pivotTables/pivotTable1.xml",
            "<pivotTableDefinition name=\"n\" rowHeaderCaption=\"V\"/>",
        ),
        (
            "xl/slicerCaches/slicerCache1.xml",
            "<slicerCacheDefinition><data><tabular><items><i x=\"0\" n=\"V\"/></items></tabular></data></slicerCacheDefinition>",
        ),
        (
            "xl/slicers/slicer1.xml",
            "<slicers><slicer name=\"s\" caption=\"V\"/></slicers>",
        ),
        (
            "xl/queryTables/queryTable1.xml",
            "<queryTable name=\"q\"><deletedField name=\"V\"/></queryTable>",
        ),
        (
            "xl/richData/rdrichvalue.xml",
            "<rvData><rv s=\"0\"><v>V</v></rv></rvData>",
        ),
        (
            "xl/metadata.xml",
            "<metadata><metadataStrings><s v=\"V\"/></metadataStrings></metadata>",
        ),
        (
            "xl/volatileDependencies.xml",
            "<volTypes><main first=\"x\"><tp><v>V</v><stp>V</stp></tp></main></volTypes>",
        ),
        ("xl/ctrlProps/ctrlProp1.xml", "<formControlPr macro=\"V\"/>"),
        (
            "xl/charts/chart1.xml",
            "<c:chart xmlns:c=\"c\" xmlns:a=\"a\"><c:title><a:p><a:r><a:t>V</a:t></a:r></a:p></c:title><c:tx><c:strRef><c:f>\"V\"</c:f></c:strRef></c:tx></c:chart>",
        ),
        (
            "xl/charts/chartEx1.xml",
            "<cx:chart xmlns:cx=\"x\"><cx:strDim><cx:lvl><cx:pt idx=\"0\">V</cx:pt></cx:lvl></cx:strDim></cx:chart>",
        ),
        (
            "xl/drawings/drawing2.xml",
            "<c:userShapes xmlns:c=\"c\" xmlns:a=\"a\"><a:p><a:r><a:t>V</a:t></a:r></a:p></c:userShapes>",
        ),
        (
            "xl/diagrams/data1.xml",
            "<dgm:dataModel xmlns:dgm=\"d\" xmlns:a=\"a\"><dgm:t><a:p><a:r><a:t>V</a:t></a:r></a:p></dgm:t></dgm:dataModel>",
        ),
        (
            "xl/diagrams/drawing1.xml",
            "<dsp:drawing xmlns:dsp=\"d\" xmlns:a=\"a\"><a:p><a:r><a:t>V</a:t></a:r></a:p></dsp:drawing>",
        ),
        (
            "xl/styles.xml",
            "<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"0&quot;V&quot;\"/></numFmts><cellStyles><cellStyle name=\"V\"/></cellStyles></styleSheet>",
        ),
        (
            "xl/cellimages.xml",
            "<etc:cellImages xmlns:etc=\"e\"><pic><cNvPr name=\"ID_V\" descr=\"V\"/></pic></etc:cellImages>",
        ),
        ("xl/worksheets/_rels/sheet1.xml.rels", "<Relationships/>"),
        (
            "docMetadata/LabelInfo.xml",
            "<labels><label name=\"V\"/></labels>",
        ),
        (
            "docProps/app.xml",
            "<Properties><Manager>V</Manager><TitlesOfParts><lpstr>V</lpstr></TitlesOfParts><HyperlinkBase>V</HyperlinkBase></Properties>",
        ),
        (
            "customUI/customUI14.xml",
            "<customUI><button label=\"V\"/></customUI>",
        ),
    ] {
        let mut xml = xml.to_owned();
        while xml.contains('V') {
            let value = v();
            xml = xml.replacen('V', &value, 1);
        }
        add(name, xml);
    }
    let inner = v();
    parts.push((
        "xl/embeddings/Microsoft_Excel_Sheet1.xlsx".into(),
        small_book(&inner),
    ));
    parts.push((
        "xl/embeddings/oleObject1.bin".into(),
        format!("\u{1}Ole10Native C:\\Users\\{}\\a.txt", v()).into_bytes(),
    ));
    let macros: Vec<u8> = v().bytes().collect();
    parts.push((
        "xl/vbaProject.bin".into(),
        [b"\0\x01MsgBox ".to_vec(), macros, b" \0\0".to_vec()].concat(),
    ));
    parts.push((
        "xl/media/image1.jpeg".into(),
        format!("\u{0}{}", v()).into_bytes(),
    ));
    let bytes = office("xl/workbook.xml", "spreadsheetml.sheet", parts);
    // The picture's bytes are not read.
    holds_to(&Xlsx, &bytes, &values, 1);
}

#[test]
fn documents() {
    let mut values = Values(Vec::new());
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, xml) in [
        (
            "word/document.xml",
            "<w:document xmlns:w=\"w\" xmlns:m=\"m\" xmlns:wp=\"wp\"><w:body><w:tbl><w:tblPr><w:tblCaption w:val=\"V\"/><w:tblDescription w:val=\"V\"/></w:tblPr><w:tr><w:tc><w:p><w:r><w:t>V</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
          <w:p><m:oMath><m:r><m:t>V</m:t></m:r></m:oMath></w:p><w:p><w:r><w:delInstrText>V</w:delInstrText></w:r></w:p><w:p><w:pPr><w:rPr><w:del w:author=\"V\"/></w:rPr></w:pPr></w:p>\
          <w:sdt><w:sdtPr><w:placeholder><w:docPart w:val=\"V\"/></w:placeholder><w:dropDownList><w:listItem w:displayText=\"V\" w:value=\"V\"/></w:dropDownList></w:sdtPr></w:sdt>\
          <w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:textInput><w:default w:val=\"V\"/></w:textInput><w:helpText w:val=\"V\"/></w:ffData></w:fldChar></w:r></w:p></w:body></w:document>",
        ),
        (
            "word/commentsExtended.xml",
            "<w15:commentsEx><w15:commentEx w15:done=\"V\"/></w15:commentsEx>",
        ),
        (
            "word/glossary/document.xml",
            "<w:glossaryDocument xmlns:w=\"w\"><w:docParts><w:docPart><w:docPartPr><w:name w:val=\"V\"/><w:description w:val=\"V\"/></w:docPartPr><w:docPartBody><w:p><w:r><w:t>V</w:t></w:r></w:p></w:docPartBody></w:docPart></w:docParts></w:glossaryDocument>",
        ),
        (
            "word/settings.xml",
            "<w:settings xmlns:w=\"w\"><w:attachedTemplate w:val=\"V\"/><w:mailMerge><w:connectString w:val=\"User=V\"/><w:odso><w:udl w:val=\"V\"/><w:src w:val=\"V\"/></w:odso></w:mailMerge></w:settings>",
        ),
        (
            "word/recipientData.xml",
            "<w:recipients xmlns:w=\"w\"><w:recipientData><w:uniqueTag w:val=\"V\"/></w:recipientData></w:recipients>",
        ),
        (
            "word/vmlDrawing1.vml",
            "<xml xmlns:v=\"v\"><v:shape title=\"V\"><v:textbox><div>V<br/>x</div></v:textbox></v:shape></xml>",
        ),
        (
            "customXml/item1.xml",
            "<record><name>V</name><phone tel=\"V\"/></record>",
        ),
        (
            "customXml/itemProps1.xml",
            "<ds:datastoreItem><ds:schemaRef uri=\"V\"/></ds:datastoreItem>",
        ),
        (
            "word/_rels/settings.xml.rels",
            "<Relationships><Relationship Id=\"r1\" Type=\"attachedTemplate\" Target=\"file:///C:/V/a.dotx\" TargetMode=\"External\"/></Relationships>",
        ),
    ] {
        let mut xml = format!("<?xml version=\"1.0\"?>{xml}");
        while xml.contains('V') {
            xml = xml.replacen('V', &values.next(), 1);
        }
        parts.push((name.into(), xml.into_bytes()));
    }
    let inner = values.next();
    parts.push(("word/embeddings/a.xlsx".into(), small_book(&inner)));
    let macros = format!("\u{1}Sub a() x = \"{}\"", values.next());
    parts.push(("word/vbaProject.bin".into(), macros.into_bytes()));
    for kind in ["wordprocessingml.document", "wordprocessingml.template"] {
        let bytes = office("word/document.xml", kind, parts.clone());
        holds_to(&Office::DOCX, &bytes, &values, 0);
    }
}

#[test]
fn presentations() {
    let mut values = Values(Vec::new());
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, xml) in [
        (
            "ppt/presentation.xml",
            "<p:presentation xmlns:p=\"p\"><p14:sectionLst><p14:section name=\"V\"/></p14:sectionLst><p:custShowLst><p:custShow name=\"V\"/></p:custShowLst></p:presentation>",
        ),
        (
            "ppt/slides/slide1.xml",
            "<p:sld xmlns:p=\"p\" xmlns:a=\"a\" show=\"0\"><p:sp><p:cNvPr name=\"V\" title=\"V\"/><a:off x=\"-99999\"/><a:p><a:fld type=\"x\"><a:t>V</a:t></a:fld></a:p></p:sp></p:sld>",
        ),
        (
            "ppt/comments/modernComment_1.xml",
            "<p188:cmLst xmlns:a=\"a\"><p188:cm authorId=\"V\"><p188:txBody><a:p><a:r><a:t>V</a:t></a:r></a:p></p188:txBody></p188:cm></p188:cmLst>",
        ),
        (
            "ppt/authors.xml",
            "<p188:authorLst><p188:author name=\"V\" userId=\"V\"/></p188:authorLst>",
        ),
        (
            "ppt/presProps.xml",
            "<p:presentationPr><p:htmlPubPr title=\"V\"/></p:presentationPr>",
        ),
        (
            "ppt/diagrams/data1.xml",
            "<d xmlns:a=\"a\"><a:p><a:r><a:t>V</a:t></a:r></a:p></d>",
        ),
        (
            "ppt/charts/chart1.xml",
            "<c:chart xmlns:c=\"c\"><c:strCache><c:pt><c:v>V</c:v></c:pt></c:strCache></c:chart>",
        ),
        (
            "ppt/ink/ink1.xml",
            "<inkml:ink><inkml:annotation>V</inkml:annotation></inkml:ink>",
        ),
    ] {
        let mut xml = format!("<?xml version=\"1.0\"?>{xml}");
        while xml.contains('V') {
            xml = xml.replacen('V', &values.next(), 1);
        }
        parts.push((name.into(), xml.into_bytes()));
    }
    let inner = values.next();
    parts.push(("ppt/embeddings/a.xlsx".into(), small_book(&inner)));
    parts.push(("docProps/thumbnail.jpeg".into(), values.next().into_bytes()));
    let bytes = office("ppt/presentation.xml", "presentationml.presentation", parts);
    holds_to(&Office::PPTX, &bytes, &values, 1);
}

const ODF: &str = "xmlns:office=\"o\" xmlns:text=\"t\" xmlns:table=\"tb\" xmlns:dc=\"dc\" xmlns:meta=\"m\" xmlns:form=\"f\" xmlns:xlink=\"x\" xmlns:draw=\"d\" xmlns:config=\"c\"";

const SHEET: &str = "<office:body><office:spreadsheet><table:tracked-changes><table:cell-content-change><office:change-info><dc:creator>V</dc:creator></office:change-info><table:previous><table:change-track-table-cell office:value-type=\"string\"><text:p>V</text:p></table:change-track-table-cell></table:previous></table:cell-content-change></table:tracked-changes>\
     <table:content-validations><table:content-validation table:name=\"v1\" table:condition=\"cell-content-is-in-list(&quot;V&quot;)\"><table:help-message><text:p>V</text:p></table:help-message><table:error-message table:title=\"V\"/></table:content-validation></table:content-validations>\
     <table:table table:name=\"S\"><office:forms><form:text form:current-value=\"V\" form:value=\"V\"/></office:forms><table:table-row><table:table-cell office:value-type=\"string\" office:string-value=\"V\"/><table:table-cell office:value-type=\"float\" office:value=\"V\"><text:p>#</text:p></table:table-cell><table:table-cell table:formula=\"of:=&quot;V&quot;&amp;A1\" office:value-type=\"string\"><text:p>V</text:p><office:annotation><dc:creator>V</dc:creator><text:p>V</text:p></office:annotation></table:table-cell></table:table-row></table:table>\
     <table:table table:name=\"'file:///a'S\"><table:table-source xlink:href=\"V\"/><table:table-row><table:table-cell><text:p>V</text:p></table:table-cell></table:table-row></table:table>\
     <table:database-ranges><table:database-range table:name=\"r\"><table:filter><table:filter-condition table:value=\"V\"/></table:filter></table:database-range></table:database-ranges>\
     <table:dde-links><table:dde-link><office:dde-source office:dde-item=\"V\"/><table:table><table:table-row><table:table-cell><text:p>V</text:p></table:table-cell></table:table-row></table:table></table:dde-link></table:dde-links>\
     <table:named-expressions><table:named-expression table:name=\"n\" table:expression=\"&quot;V&quot;\"/></table:named-expressions></office:spreadsheet></office:body>";

#[test]
fn spreadsheets_of_open_document() {
    let mut values = Values(Vec::new());
    // A sign stands for the value before it.
    let fill = |xml: &str, values: &mut Values| {
        let mut out = String::new();
        let mut last = String::new();
        for c in xml.chars() {
            match c {
                'V' => {
                    last = values.next();
                    out.push_str(&last);
                }
                '#' => out.push_str(&last),
                c => out.push(c),
            }
        }
        out
    };
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content {ODF}>{SHEET}</office:document-content>"
    );
    let content = content.replace("VALUE", "value");
    let version = zipped(&[
        (
            "mimetype",
            "application/vnd.oasis.opendocument.spreadsheet".to_owned(),
        ),
        (
            "content.xml",
            fill(
                &format!(
                    "<office:document-content {ODF}><text:p>V</text:p></office:document-content>"
                ),
                &mut values,
            ),
        ),
    ]);
    let mut parts: Vec<(String, Vec<u8>)> = vec![
        ("mimetype".into(), b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("content.xml".into(), fill(&content, &mut values).into_bytes()),
        ("styles.xml".into(), fill(&format!("<office:document-styles {ODF}><text:p>V</text:p><text:user-field-decl office:string-value=\"V\"/></office:document-styles>"), &mut values).into_bytes()),
        ("meta.xml".into(), fill(&format!("<office:document-meta {ODF}><meta:printed-by>V</meta:printed-by><meta:template xlink:href=\"V\"/><meta:user-defined meta:name=\"n\">V</meta:user-defined></office:document-meta>"), &mut values).into_bytes()),
        ("settings.xml".into(), fill(&format!("<office:document-settings {ODF}><config:config-item config:name=\"PrinterName\">V</config:config-item></office:document-settings>"), &mut values).into_bytes()),
        ("Object 1/content.xml".into(), fill(&format!("<office:document-content {ODF}><table:table table:name=\"local-table\"><table:table-row><table:table-cell office:value-type=\"float\" office:value=\"V\"><text:p>#</text:p></table:table-cell></table:table-row></table:table></office:document-content>"), &mut values).into_bytes()),
        ("VersionList.xml".into(), fill("<VL:version-list xmlns:VL=\"v\" xmlns:dc=\"d\"><VL:version-entry dc:creator=\"V\"/></VL:version-list>".replace("VL", "w").as_str(), &mut values).into_bytes()),
        ("Versions/Version1".into(), version),
        ("META-INF/manifest.xml".into(), b"<manifest:manifest xmlns:manifest=\"m\"/>".to_vec()),
    ];
    parts.push((
        "manifest.rdf".into(),
        fill(
            "<rdf:RDF xmlns:rdf=\"r\"><rdf:Description rdf:about=\"V\"/></rdf:RDF>"
                .replace("RDF", "R")
                .as_str(),
            &mut values,
        )
        .into_bytes(),
    ));
    holds_to(&OpenDocument::ODS, &zipped(&parts), &values, 0);

    // The same document in one file.
    let mut values = Values(Vec::new());
    let flat = fill(&content, &mut values);
    holds_to(&Xml, flat.as_bytes(), &values, 0);
}

#[test]
fn ofd_documents() {
    let mut values = Values(Vec::new());
    let ns = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, xml) in [
        (
            "OFD.xml",
            "<ofd:OFD NS><ofd:DocBody><ofd:DocInfo><ofd:Author>@</ofd:Author><ofd:Title>@</ofd:Title><ofd:CustomDatas><ofd:CustomData Name=\"购买方\">@</ofd:CustomData></ofd:CustomDatas></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        ),
        (
            "Doc_0/Document.xml",
            "<ofd:Document NS><ofd:Outlines><ofd:OutlineElem Title=\"@\"/></ofd:Outlines><ofd:Actions><ofd:Action><ofd:URI URI=\"tel:@\"/></ofd:Action></ofd:Actions><ofd:Bookmarks><ofd:Bookmark Name=\"@\"/></ofd:Bookmarks></ofd:Document>",
        ),
        (
            "Doc_0/Tpls/Tpl_0/Content.xml",
            "<ofd:Page NS><ofd:Content><ofd:Layer><ofd:TextObject Boundary=\"0 0 90 9\" Size=\"3\"><ofd:TextCode X=\"0\" Y=\"3\">@</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>",
        ),
        (
            "Doc_0/Annots/Page_0/Annotation.xml",
            "<ofd:PageAnnot NS><ofd:Annot Creator=\"@\"><ofd:Remark>@</ofd:Remark><ofd:Parameters><ofd:Parameter Name=\"p\">@</ofd:Parameter></ofd:Parameters><ofd:Appearance><ofd:TextObject Boundary=\"0 0 90 9\" Size=\"3\"><ofd:TextCode X=\"0\" Y=\"3\">@</ofd:TextCode></ofd:TextObject></ofd:Appearance></ofd:Annot></ofd:PageAnnot>",
        ),
        (
            "Doc_0/Tags/CustomTags.xml",
            "<ofd:CustomTags NS><ofd:CustomTag NameSpace=\"@\"/></ofd:CustomTags>",
        ),
        (
            "Doc_0/Tags/Tag.xml",
            "<fp:eInvoice xmlns:fp=\"f\"><fp:BuyerName>@</fp:BuyerName></fp:eInvoice>",
        ),
        (
            "Doc_0/Attachs/Attachments.xml",
            "<ofd:Attachments NS><ofd:Attachment Name=\"@\"/></ofd:Attachments>",
        ),
        (
            "Doc_0/Attachs/original_invoice.xml",
            "<eInvoice><BuyerTel>@</BuyerTel><Item name=\"@\"/></eInvoice>",
        ),
        (
            "Doc_0/Attachs/invoice.xbrl",
            "<xbrli:xbrl xmlns:xbrli=\"x\"><einv:BuyerBank>@</einv:BuyerBank></xbrli:xbrl>",
        ),
        (
            "Doc_0/Versions/v1.xml",
            "<ofd:DocVersion NS><ofd:FileList><ofd:File ID=\"@\"/></ofd:FileList></ofd:DocVersion>",
        ),
        (
            "Doc_0/Extensions.xml",
            "<ofd:Extensions NS><ofd:Extension AppName=\"@\"><ofd:Property>@</ofd:Property></ofd:Extension></ofd:Extensions>",
        ),
    ] {
        let mut xml = format!("<?xml version=\"1.0\"?>{}", xml.replace("NS", ns));
        while xml.contains('@') {
            xml = xml.replacen('@', &values.next(), 1);
        }
        parts.push((name.into(), xml.into_bytes()));
    }
    holds_to(&Ofd, &zipped(&parts), &values, 0);
}

/// Runs a picture with metadata as part of something else.
fn picture(format: Image, bytes: &[u8], value: &str) {
    let (found, result) = read(&format, bytes, &[]);
    result.unwrap();
    assert!(
        !found.places(value).is_empty(),
        "{format:?}: {:?}",
        found.texts
    );
    // In an archive the copy has a blank picture.
    let outer = zipped(&[("a", bytes)]);
    let (out, result) = copy(&super::Zip, &outer, &[value]);
    result.unwrap();
    assert!(unzipped(&out).iter().all(|(_, data)| !holds(data, value)));
}

#[test]
fn metadata_of_pictures() {
    let value = "13800138000";
    let packet =
        format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:li>{value}</rdf:li></x:xmpmeta>");
    // Offsets of the one directory and its one entry: the artist.
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x3B\x01\x02\0\x0C\0\0\0\x1A\0\0\0\0\0\0\0".to_vec();
    tiff.extend_from_slice(value.as_bytes());
    tiff.push(0);
    picture(Image::TIFF, &tiff, value);
    let boxed = |kind: &str, data: &[u8]| {
        let mut out = u32::try_from(data.len() + 8)
            .unwrap()
            .to_be_bytes()
            .to_vec();
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(data);
        out
    };
    let mut heic = boxed("ftyp", b"heic\0\0\0\0mif1heic");
    heic.extend(boxed("meta", &[0; 4]));
    heic.extend(boxed("mdat", &[b"Exif\0\0", &tiff[..]].concat()));
    picture(Image::HEIC, &heic, value);
    let mut xmp = boxed("ftyp", b"heic\0\0\0\0mif1heic");
    xmp.extend(boxed("mdat", packet.as_bytes()));
    picture(Image::HEIC, &xmp, value);
    let chunk = |kind: &str, data: &[u8]| {
        let mut out = kind.as_bytes().to_vec();
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(2), 0);
        out
    };
    for (kind, data) in [("EXIF", &tiff[..]), ("XMP ", packet.as_bytes())] {
        let mut body = b"WEBP".to_vec();
        body.extend(chunk("VP8X", &[0x0C, 0, 0, 0, 1, 0, 0, 1, 0, 0]));
        body.extend(chunk(kind, data));
        picture(Image::WEBP, &chunk("RIFF", &body), value);
    }
    // IPTC in a segment of Photoshop's.
    let mut iptc = b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x10\x1c\x02\x50\0\x0b".to_vec();
    iptc.extend_from_slice(value.as_bytes());
    let mut jpeg = b"\xff\xd8\xff\xed".to_vec();
    jpeg.extend(u16::try_from(iptc.len() + 2).unwrap().to_be_bytes());
    jpeg.extend(iptc);
    jpeg.extend_from_slice(b"\xff\xc0\0\x0b\x08\0\x10\0\x20\x01\x01\x11\0\xff\xd9");
    picture(Image::JPEG, &jpeg, value);
}

#[test]
fn tables_and_databases() {
    // A deleted record, and one behind the number in the header.
    let mut table = vec![0x03, 120, 1, 1, 1, 0, 0, 0, 65, 0, 12, 0];
    table.resize(32, 0);
    table.extend_from_slice(b"TEL\0\0\0\0\0\0\0\0C\0\0\0\0\x0b");
    table.resize(64, 0);
    table.push(0x0D);
    let mut values = Values(Vec::new());
    for mark in ["*", " ", "*"] {
        table.extend_from_slice(format!("{mark}{}", values.next()).as_bytes());
    }
    table.push(0x1A);
    let (_, out) = holds_to(&Dbf, &table, &values, 0);
    assert_eq!(out.len(), table.len());

    let mut db = rusqlite::Connection::open_in_memory().unwrap();
    let mut values = Values(Vec::new());
    let mut v = || values.next();
    db.execute_batch(&format!(
        "PRAGMA secure_delete=OFF; CREATE TABLE t(a, b); CREATE INDEX i ON t(a); CREATE VIRTUAL TABLE f USING fts5(c);
         INSERT INTO t VALUES('{}', x'{}'); INSERT INTO t VALUES('{}', '{{\"k\":\"{}\"}}'); INSERT INTO f VALUES('{}');
         INSERT INTO t SELECT '{}', zeroblob(900) FROM t; DELETE FROM t WHERE rowid > 2; ANALYZE;",
        v(),
        v().bytes().map(|b| format!("{b:02x}")).collect::<String>(),
        v(),
        v(),
        v(),
        v(),
    ))
    .unwrap();
    let bytes = db.serialize("main").unwrap().to_vec();
    holds_to(&Sqlite, &bytes, &values, 0);
}

#[test]
fn mails() {
    let mut values = Values(Vec::new());
    let mut v = || values.next();
    let (a, b) = (v(), v());
    let coded: String = b.bytes().map(|b| format!("={b:02X}")).collect();
    let name: String = v().bytes().map(|b| format!("%{b:02X}")).collect();
    let mail = format!(
        "Received: by x for <u{}@x.cn>;\r\n\tMon\r\nThread-Topic: {a}\r\nX-Phone: =?utf-8?Q?{coded}?=\r\nReply-To: \"{}\" <a@b.cn>\r\nList-Id: {}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Description: {}\r\n\r\npre {}\r\n\
         --b\r\nContent-Type: text/plain\r\nContent-ID: <{}@x>\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ntel {}=\r\n{} ok\r\n\
         --b\r\nContent-Type: text/html\r\n\r\n<p title=\"{}\">x<!-- {} --></p>\r\n\
         --b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename*0*=utf-8''{name}; filename*1=.csv\r\n\r\nphone\r\n{}\r\n--b--\r\nend {}\r\n",
        v(),
        v(),
        v(),
        v(),
        v(),
        v(),
        "139001",
        "01111",
        v(),
        v(),
        v(),
        v()
    );
    values.0.push("13900101111".into());
    let (found, _) = holds_to(&Eml, mail.as_bytes(), &values, 0);
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
    let boxed = format!(
        "From a@b Mon Jan  1 00:00:00 2024\r\n{mail}\r\nFrom a@b Mon Jan  1 00:00:01 2024\r\n{mail}"
    );
    holds_to(&super::Mbox, boxed.as_bytes(), &values, 0);
    assert!(nest::identify(mail.as_bytes(), b"a.eml").format.is_some());
}

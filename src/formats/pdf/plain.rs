//! Text as detection and searches are given it: what is invisible is taken out, and what only looks another
//! way is made plain, with a way back.
//!
//! Fonts map glyphs to whatever their writers found: ligatures, radicals in place of characters, digits in
//! circles; and nothing that is not seen may part the characters of a value.

use std::ops::Range;

/// Radicals of the Kangxi dictionary, from U+2F00, as the characters they are (Unicode, `UnicodeData.txt`).
const RADICALS: &str = "一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳\
     心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸\
     缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音\
     頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠";
/// Compatibility ideographs, from U+F900, as the characters they are.
const IDEOGRAPHS: &str = "豈更車賈滑串句龜龜契金喇奈懶癩羅蘿螺裸邏樂洛烙珞落酪駱亂卵欄爛蘭鸞嵐濫藍襤拉臘蠟廊朗浪狼郎來冷勞擄櫓爐盧老蘆虜路露魯鷺碌\
     祿綠菉錄鹿論壟弄籠聾牢磊賂雷壘屢樓淚漏累縷陋勒肋凜凌稜綾菱陵讀拏樂諾丹寧怒率異北磻便復不泌數索參塞省葉說殺辰沈拾若掠略亮\
     兩凉梁糧良諒量勵呂女廬旅濾礪閭驪麗黎力曆歷轢年憐戀撚漣煉璉秊練聯輦蓮連鍊列劣咽烈裂說廉念捻殮簾獵令囹寧嶺怜玲瑩羚聆鈴零靈\
     領例禮醴隸惡了僚寮尿料樂燎療蓼遼龍暈阮劉杻柳流溜琉留硫紐類六戮陸倫崙淪輪律慄栗率隆利吏履易李梨泥理痢罹裏裡里離匿溺吝燐璘\
     藺隣鱗麟林淋臨立笠粒狀炙識什茶刺切度拓糖宅洞暴輻行降見廓兀嗀﨎﨏塚﨑晴﨓﨔凞猪益礼神祥福靖精羽﨟蘒﨡諸﨣﨤逸都﨧﨨﨩飯飼\
     館鶴郞隷侮僧免勉勤卑喝嘆器塀墨層屮悔慨憎懲敏既暑梅海渚漢煮爫琢碑社祉祈祐祖祝禍禎穀突節練縉繁署者臭艹艹著褐視謁謹賓贈辶逸\
     難響頻恵𤋮舘﩮﩯並况全侀充冀勇勺喝啕喙嗢塚墳奄奔婢嬨廒廙彩徭惘慎愈憎慠懲戴揄搜摒敖晴朗望杖歹殺流滛滋漢瀞煮瞧爵犯猪瑱甆画\
     瘝瘟益盛直睊着磌窱節类絛練缾者荒華蝹襁覆視調諸請謁諾諭謹變贈輸遲醙鉶陼難靖韛響頋頻鬒龜𢡊𢡄𣏕㮝䀘䀹𥉉𥳐𧻓齃龎";
/// Radicals of simplified writing that stand for a character, each before that.
const SIMPLIFIED: &str = "⺟母⻁虎⻄西⻅见⻆角⻉贝⻋车⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻬齐⻮齿⻰龙⻳龟";

/// A text made plain, and where its bytes come from.
#[derive(Debug, Default)]
pub(super) struct Plain {
    pub text: String,
    /// For each byte of the plain text the first byte of its character in the other.
    from: Vec<u32>,
}

/// Whether a character may be another than it is given as, so that the text has to be looked at.
fn is_plain(c: char) -> bool {
    c.is_ascii() || ('\u{4e00}'..'\u{a000}').contains(&c) || ('\u{3001}'..'\u{3100}').contains(&c)
}

impl Plain {
    /// `None` when the text is plain as it is.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.chars().all(is_plain) {
            return None;
        }
        let mut out = Self::default();
        let mut changed = false;
        let mut all = text.char_indices().peekable();
        let mut before = ' ';
        while let Some((at, c)) = all.next() {
            let old = out.text.len();
            let after = all.peek().map_or(' ', |n| n.1);
            // Alone it is the number of an item or of a note, or an exponent, which is no part of what stands
            // beside it; not so between digits.
            let row = digit(before).is_some() || digit(after).is_some();
            let row = row || (before.is_ascii_digit() && after.is_ascii_digit());
            match digit(c).filter(|_| row) {
                Some(digit) => out.text.push(digit),
                None => push(c, &mut out.text),
            }
            before = c;
            changed |= out.text.get(old..) != text.get(at..at + c.len_utf8());
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            out.from.resize(out.text.len(), place);
        }
        changed.then_some(out)
    }

    /// The range of the text that a range of the plain one comes from.
    pub(super) fn back(&self, text: &str, range: &Range<usize>) -> Option<Range<usize>> {
        let place = |at: usize| self.from.get(at).and_then(|&n| usize::try_from(n).ok());
        let (start, last) = (place(range.start)?, place(range.end.checked_sub(1)?)?);
        let width = text.get(last..)?.chars().next()?.len_utf8();
        Some(start..last + width)
    }

    /// Where a place of the text is in the plain one.
    pub(super) fn forth(&self, at: u32) -> u32 {
        let found = self.from.partition_point(|from| *from < at);
        u32::try_from(found).unwrap_or(u32::MAX)
    }
}

/// Noughts of the decimal digits of other scripts (Unicode, `DerivedNumericType.txt`), in order; one to nine
/// follow them.
const NOUGHTS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0,
    0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0,
    0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1e140, 0x1e2f0,
    0x1e4f0, 0x1e5f1, 0x1e950,
];

/// The digit that a character is in another shape: in a circle or brackets, with a point or a comma, raised
/// or lowered, or of another script.
fn digit(c: char) -> Option<char> {
    let n = u32::from(c);
    let one = match n {
        0x24ea | 0x24ff | 0x1f100 | 0x1f10b | 0x1f10c => return Some('0'),
        0xb2 | 0xb3 => 0xb1,
        0xb9 => 0xb9,
        0x2070 | 0x2074..=0x2079 => 0x2071,
        0x2080..=0x2089 => 0x2081,
        0x2460..=0x2468 => 0x2460,
        0x2474..=0x247c => 0x2474,
        0x2488..=0x2490 => 0x2488,
        0x24f5..=0x24fd => 0x24f5,
        0x2776..=0x277e => 0x2776,
        0x2780..=0x2788 => 0x2780,
        0x278a..=0x2792 => 0x278a,
        0x1f101..=0x1f10a => 0x1f102,
        _ => {
            let last = NOUGHTS
                .partition_point(|nought| *nought <= n)
                .checked_sub(1)?;
            let nought = NOUGHTS.get(last).filter(|nought| n - **nought < 10)?;
            nought + 1
        }
    };
    char::from_digit(n + 1 - one, 10)
}

/// Whether a character is not seen: joiners, marks of direction, variants, fillers, tags.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}')
}

/// Puts a character as it is compared behind a text.
pub(super) fn push(c: char, out: &mut String) {
    let n = u32::from(c);
    match c {
        c if is_unseen(c) => {}
        // Digits with something above, below or around them are digits.
        c if is_mark(c) && out.ends_with(|b: char| b.is_ascii_digit()) => {}
        '\u{fb00}' => out.push_str("ff"),
        '\u{fb01}' => out.push_str("fi"),
        '\u{fb02}' => out.push_str("fl"),
        '\u{fb03}' => out.push_str("ffi"),
        '\u{fb04}' => out.push_str("ffl"),
        '\u{fb05}' | '\u{fb06}' => out.push_str("st"),
        '\u{2e80}'..='\u{2eff}' => {
            let mut pairs = SIMPLIFIED.chars();
            let found = std::iter::from_fn(|| pairs.next().zip(pairs.next())).find(|p| p.0 == c);
            out.push(found.map_or(c, |p| p.1));
        }
        '\u{2f00}'..='\u{2fd5}' => out.push(nth(RADICALS, n - 0x2f00).unwrap_or(c)),
        '\u{f900}'..='\u{fad9}' => out.push(nth(IDEOGRAPHS, n - 0xf900).unwrap_or(c)),
        // Bold, double-struck and other digits of mathematics, and those of segments.
        '\u{1d7ce}'..='\u{1d7ff}' => out.extend(char::from_digit((n - 0x1d7ce) % 10, 10)),
        '\u{1fbf0}'..='\u{1fbf9}' => out.extend(char::from_digit(n - 0x1fbf0, 10)),
        c => out.push(c),
    }
}

fn nth(all: &str, n: u32) -> Option<char> {
    all.chars().nth(usize::try_from(n).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        Plain::of(text).map_or_else(|| text.to_owned(), |p| p.text)
    }

    #[test]
    fn what_only_looks_another_way_is_made_plain() {
        for (text, is) in [
            ("138\u{200b}0\u{200d}013\u{ad}80\u{feff}00", "13800138000"),
            ("\u{202d}138\u{2066}00138000\u{2069}\u{200f}", "13800138000"),
            ("1\u{20e3}3\u{fe0f}\u{20e3}8\u{332}", "138"),
            ("o\u{fb03}ce@\u{fb01}rm.cn", "office@firm.cn"),
            ("\u{2460}\u{2462}\u{2467}\u{24ea}\u{24ea}", "13800"),
            ("\u{1d7ed}\u{1d7db}", "13"),
            (
                "\u{b9}\u{b3}\u{2078}\u{2070}\u{2070}\u{b9}\u{b2}",
                "1380012",
            ),
            ("\u{2081}\u{2083}\u{2088}\u{2080}", "1380"),
            ("\u{2488}\u{248a}\u{2490}\u{1f100}\u{1f101}", "13900"),
            ("\u{2474}\u{2476}\u{247c}\u{1f102}\u{1f10a}", "13919"),
            ("\u{661}\u{663}\u{668}\u{660}", "1380"),
            ("\u{967}\u{969}\u{96e}\u{966}\u{6f9}", "13809"),
            ("\u{1e951}\u{1e959}", "19"),
            ("138\u{2070}0138\u{664}00", "13800138400"),
            ("\u{2f63}\u{2f08}\u{f90a}", "生人金"),
            ("\u{2ee2}\u{2ec5}", "马见"),
            ("葛\u{e0100}木", "葛木"),
            // These say what they are.
            ("\u{2460}13800138000", "\u{2460}13800138000"),
            ("e\u{301}tude", "e\u{301}tude"),
            ("x\u{b2}", "x\u{b2}"),
            ("10\u{b2} m\u{b3}", "10\u{b2} m\u{b3}"),
            ("\u{2488}138", "\u{2488}138"),
            ("\u{66a}\u{66b}", "\u{66a}\u{66b}"),
        ] {
            assert_eq!(plain(text), is, "{text:?}");
        }
        assert_eq!(RADICALS.chars().count(), 0x2fd6 - 0x2f00);
        assert_eq!(IDEOGRAPHS.chars().count(), 0xfada - 0xf900);
        assert!(Plain::of("张三, 13800138000").is_none());
    }

    #[test]
    fn places_are_found_again() {
        let text = "tel \u{200b}1\u{200b}38 \u{fb01}n";
        let plain = Plain::of(text).unwrap();
        assert_eq!(plain.text, "tel 138 fin");
        let of = |range: Range<usize>| &text[plain.back(text, &range).unwrap()];
        assert_eq!(of(4..7), "1\u{200b}38");
        assert_eq!(of(8..9), "\u{fb01}");
        assert_eq!(of(10..11), "n");
        assert_eq!([0, 4, 7, 8].map(|at| plain.forth(at)), [0, 4, 4, 5]);
        assert_eq!(plain.forth(99), 11);
    }
}

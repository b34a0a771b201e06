//! How common Chinese characters are, for deciding on very short samples.
//!
//! The list is the usual order of the most frequent characters of modern written Chinese, followed by
//! characters of names, addresses and of the forms that this program meets; traditional forms follow
//! their own list. Only the coarse class of a character counts, so the exact order does not matter.

use std::sync::OnceLock;

/// Most frequent characters, simplified, roughly in order.
const SIMPLIFIED: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔团转府非片备清青元六马报候始星收号单飞周调足专列步视近快城件参群连布举服石技院流拿除商示离准整装际亮八支局标花热影红节爱推段需士满史包九断容易照况底半究根深律早办引历验似志双土护职息官权越证份号码姓名性别男女电话手机邮箱地址住址身份证件银行卡账户客户编号备注日期出生籍贯民族汉族单位部门职务工资开户余额金额交易委托股东基金保险合同发票税识别有限责任公司科技贸易省市县区镇乡村街道路弄楼栋室院大厦花园小区李王张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰玲红燕辉鹏飞鑫波斌宇浩凯健俊帆帅旭宁龙欢雪琳晶倩婷雯欣怡佳慧颖洁琴梅莉华建志文国海峰成云京津沪渝冀豫鲁晋陕甘青苏浙皖赣闽湘鄂粤琼川贵滇藏蒙宁新港澳台湾北南东西广深圳州杭武汉成都重庆上海天津沈阳哈尔滨昆福厦合肥济郑石太原";

/// Traditional forms and frequent characters of traditional text.
const TRADITIONAL: &str = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運姓名性別男女電話手機郵箱地址住址身分證件銀行卡帳戶賬戶客戶編號備註日期出生籍貫單位部門職務薪資開戶餘額金額交易委託股東基金保險合同發票稅統編有限責任公司科技貿易省市縣區鎮鄉村街道路弄樓棟室院大廈花園李王張劉陳楊黃趙周吳徐孫朱馬胡郭林何高梁鄭羅宋謝唐韓曹許鄧蕭馮曾程蔡彭潘袁于董余蘇葉呂魏蔣田杜丁沈姜范江傅鐘盧汪戴崔任陸廖姚方金邱夏譚韋賈鄒石熊孟秦閻薛侯雷白龍段郝孔邵史毛常萬顧賴武康賀嚴尹錢施牛洪龔偉芳娜秀英敏靜麗強磊軍洋勇艷傑娟濤明超霞平剛桂蘭玲紅燕輝鵬飛鑫波斌宇浩凱健俊帆旭寧歡雪琳晶倩婷雯欣怡佳慧穎潔琴梅莉華建志文國海峰成雲臺灣台北香港澳門九龍新界高雄桃園新竹苗栗彰化雲林嘉義屏東宜蘭花蓮臺東淑美惠雅婷冠宏俊傑家豪怡君志明";

fn ranked() -> &'static [u8] {
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = vec![0; 0x5200];
        for list in [SIMPLIFIED, TRADITIONAL] {
            for (rank, c) in list.chars().enumerate() {
                let grade = if rank < 150 { 4 } else { 3 };
                let place = slot(c).and_then(|i| table.get_mut(i));
                if let Some(empty) = place.filter(|g| **g == 0) {
                    *empty = grade;
                }
            }
        }
        table
    })
}

fn slot(c: char) -> Option<usize> {
    usize::try_from(u32::from(c).checked_sub(0x4E00)?).ok()
}

/// How usual a character is in Chinese text: 4 for the most frequent to -4 for what is hardly ever
/// seen. `plain` says that it lies in the everyday half of its encoding's own table.
pub(super) fn score(c: char, plain: bool) -> i32 {
    match c {
        '，' | '。' | '、' | '：' | '；' | '（' | '）' | '“' | '”' | '《' | '》' | '？' | '！'
        | '【' | '】' | '　' | '—' | '·' | '￥' | '…' => 3,
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => 1,
        '\u{4E00}'..='\u{9FFF}' => {
            match slot(c).and_then(|i| ranked().get(i)).copied().unwrap_or(0) {
                0 if plain => 0,
                0 => -3,
                grade => i32::from(grade),
            }
        }
        _ => -4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_beats_rare() {
        assert!(score('的', true) > score('鑫', true));
        assert!(score('張', true) > score('鬱', true));
        assert!(score('鬱', true) > score('龘', false));
        assert_eq!(score('\u{E000}', false), -4);
    }
}

#!/usr/bin/env python3
"""Makes ../lexicon.txt and ../name-characters.txt from the word list of jieba.

  pip download jieba==0.42.1 --no-deps --no-binary :all:
  tar xzf jieba-0.42.1.tar.gz
  python3 lexicon.py jieba-0.42.1/jieba/dict.txt

Source: jieba 0.42.1, dict.txt (MIT licence, Sun Junyi): words with frequencies and word classes. Its words tagged
as names are machine-made and full of errors, so they are used as statistics of characters only; the words among
them that are no names are told by the lists below and by ../not-names.txt.

Numbers are -2 ln p, rounded: how unlikely a word or character is, in half nats. Both outputs are deterministic.
"""
import collections, math, os, sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
LEAST = {2: 5, 3: 8, 4: 12}         # frequency from which a word of this many characters is kept
CLASS = {'n': 'n', 'nz': 'n', 'nt': 'n', 'ng': 'n', 'l': 'o', 'i': 'o', 'j': 'n', 'an': 'n', 's': 'f', 'f': 'f', 'ns': 's',
         'v': 'v', 'vn': 'v', 'vn ': 'v', 'vg': 'v', 'vi': 'v', 'vd': 'v', 'vq': 'v', 'd': 'd', 'ad': 'd', 'dg': 'd', 'df': 'd',
         'p': 'p', 'c': 'c', 'r': 'r', 'rr': 'r', 'rz': 'r', 'rg': 'r', 'm': 'm', 'mq': 'm', 'mg': 'm', 'q': 'q',
         't': 't', 'tg': 't', 'a': 'a', 'ag': 'a', 'b': 'a', 'z': 'a'}
NAMES = {'nr', 'nrfg', 'nrt'}
# Surnames that are little else: a word tagged as a name that begins with one is a name, but for these words.
PLAIN = set('王李张刘陈杨赵吴徐孙朱郭何宋郑韩唐冯曹邓萧彭吕苏蒋蔡贾魏薛潘杜姚谭廖邹陆郝崔邱袁董许沈傅卢阎余戴范汪任秦侯孟段钱汤尹乔贺赖龚庞樊殷施陶翟颜倪严俞章鲁葛韦聂邢岳莫庄辛祝耿詹凌费靳裴霍翁柯阮柴瞿')
FULL = PLAIN | set('周黄林')
# Characters that are rather words between foreign names than parts of them.
SOUND = set('''阿埃艾昂奥巴白拜班邦保堡鲍北贝本比彼边别宾波玻博勃伯布采蔡策查楚茨慈次达戴丹当德登邓迪蒂丁东杜顿多俄厄恩尔法凡范方菲费芬丰冯佛夫弗福富盖甘冈高戈哥格葛
根贡古瓜圭哈海汉豪赫黑亨洪侯胡华怀惠霍基吉加贾坚简江杰捷金津京久居君喀卡凯坎康考柯科可克肯孔库夸奎昆扩拉莱赖兰朗劳勒雷黎里理利丽莉连廉良列烈林琳留龙隆卢鲁露吕伦罗洛马玛迈麦曼芒毛梅门蒙孟米密敏明缪摩
莫墨默姆木穆拿娜纳乃奈南内尼涅宁牛纽农努诺欧帕派潘庞佩彭蓬皮平珀婆普奇齐契恰强乔切钦琴丘屈让热仁日荣茹儒瑞若撒萨塞赛桑瑟森沙莎珊山尚绍舍申盛圣施史士舒斯丝松苏索所塔太泰坦汤唐陶特腾提田廷图托脱瓦万汪旺威韦
维魏温文翁沃乌武伍西希悉席锡夏香肖谢辛欣兴雄休许逊雅亚延扬耶叶伊易因英永尤约云宰赞早泽曾扎詹张章哲珍芝知治朱卓孜兹祖佐茜薇黛蕾娅妮妲芙芭蓓琪瑶露丝''')
NO_SOUND = set('和于以为与及中之岛道三二世家宗通')
# Surnames that are small words as well.
SMALL = set('向和时都连从应由经任却能那单全满强明常成过还来过')
WORDS = set('''王朝 王爷 王府 王公 王子 王宫 王侯 王道 王权 王族 王后 王妃 王国 王储 王冠 王法 王八 王位 王室 张开 张嘴 张口 张贴 张罗 张望 张扬 张狂
张北 杜绝 杜鹃 杜撰 杜仲 许可 许诺 陆军 陆基 陆生 陆丰 陆地 苏醒 苏军 朱红 朱砂 朱笔 朱雀 陈述 陈列 陈设 陈旧 陈年 杨柳 杨树 杨梅 宋体 宋元 宋词 唐诗 唐人 唐突 唐装
孙子 孙女 孙儿 何谓 何干 何曾 徐徐 沈思 许昌 刘海 汪洋 汪汪 钱财 钱庄 钱粮 汤水 汤圆 汤加 乔木 贺卡 贺喜 殷勤 殷实 殷商 殷红 殷殷 施政 施礼 施恩 陶醉 陶冶 颜色
严正 严冬 严令 鲁莽 莫测 庄园 庄主 庄客 辛勤 辛丑 祝福 祝贺 祝寿 耿直 凌辱 凌空 凌厉 凌迟 凌驾 费尽 霍地 柴禾 柴胡 范畴 范文 任凭 侯爵 段子 秦岭 秦汉 秦军 戴尔
黄金周 马尾松 高加索 石家庄 金字塔 黄鹤楼 马其顿 莫斯科 阿拉伯 古建筑 青少年 花岗岩 贡献者 老太太 紫禁城 杜鹃花 小姑娘 阿根廷 阿富汗 乌克兰 爱尔兰 季后赛 小学生 师兄弟
小提琴 清真寺 许可证 安全性 石英砂 古文化 张家口 张家界 黎巴嫩 天文台 保和殿 安哥拉 吉普车 金刚石 红卫兵 高高的 钱塘江 农家乐 秦皇岛 全家福 卢森堡 高新区 永久性 老同志 老先生
公开赛 庄稼人 尼日尔 孟加拉 索马里 关东军 银行卡 通知书 大家庭 安全感 严重性 严重者 国子监 司令官 青壮年 东道主 沙尘暴 车尔库 祖父母 石狮子 普天下 马尼拉 老百姓 金黄色 宣传部 铁路桥'''.split())


def han(word):
    return all('\u4e00' <= c <= '\u9fff' for c in word)


def half_nats(p):
    return max(1, min(60, round(-2 * math.log(p))))


def read_list(name):
    out, section = collections.defaultdict(list), ''
    for line in open(os.path.join(HERE, name), encoding='utf-8'):
        if line.startswith('#'):
            continue
        for word in line.split():
            if word.startswith('@'):
                section = word[1:]
            else:
                out[section].append(word)
    return out


def write(path, head, sections):
    with open(os.path.join(HERE, path), 'w', encoding='utf-8') as f:
        f.write(head)
        for name in sorted(sections, key=lambda s: (s[0], int(s[1:]))):
            words = sorted(sections[name])
            f.write('@%s\n' % name)
            line = ''
            for w in words:
                if len(line) + len(w) > 100:
                    f.write(line.rstrip() + '\n')
                    line = ''
                line += w + ' '
            if line:
                f.write(line.rstrip() + '\n')


def main(path):
    total, words = 0, {}
    given = read_list('given.txt')
    usual_given = set(''.join(given['strong'] + given['common']))
    for line in open(path, encoding='utf-8'):
        word, freq, tag = line.split()
        total += int(freq)
        if han(word):
            words[word] = (int(freq), tag)
    listed = read_list('surnames.txt')
    surnames = {c for s in listed.values() for w in s for c in w}
    common = set(''.join(listed['common']))
    sound = read_list('transliteration.txt')
    wide = set(''.join(w for s in sound.values() for w in s)) | {c for c in SOUND if han(c)}
    lexicon = collections.defaultdict(list)
    for word, (freq, tag) in words.items():
        n = len(word)
        rare = n == 2 and word[0] in surnames and tag not in NAMES
        if n > 4 or (n > 1 and freq < LEAST[n] and not rare and not (tag == 'ns' and freq >= 3)):
            continue
        cls = CLASS.get(tag, 'o')
        if tag in NAMES and n > 1:
            # Names written by sound are left to the statistics of characters.
            if tag == 'nrt' or (n > 2 and word not in WORDS and all(c in wide for c in word)):
                continue
            if word[0] in surnames and word not in WORDS and (n > 2 or word[0] in PLAIN):
                continue
            cls = 'n'
        # Famous names that are tagged as something else: 周恩来.
        if n == 3 and word not in WORDS and tag in ('nz', 't', 'n', 'x', 'i', 'l') and word[0] in FULL and set(word[1:]) <= usual_given and tag != 'ns':
            continue
        if n == 1 and tag in NAMES | {'zg', 'g', 'x'}:
            cls = 'o'
        lexicon['%s%d' % (cls, half_nats(freq / total))].append(word)
    write('lexicon.txt',
          '# Words by class and how unlikely they are (-2 ln p). Made by make/lexicon.py from the word list of jieba 0.42.1 (MIT).\n'
          '# Classes: n noun, s place, v verb, a adjective, d adverb, p preposition, c conjunction, r pronoun, m numeral, q measure,\n'
          '# t time, f direction, o other.\n', lexicon)

    # Characters of names: counted over the words tagged as names, mixed with the lists of given names.
    given = read_list('given.txt')
    seldom = set(''.join(read_list('given-seldom.txt')['']))
    strong, usual = set(''.join(given['strong'])), set(''.join(given['common'] + given['traditional']))
    counts = {k: collections.Counter() for k in ('surname', 'first', 'second', 'single')}
    for word, (freq, tag) in words.items():
        if tag not in ('nr', 'nrfg') or word[0] not in surnames or word in WORDS:
            continue
        rest = word[1:]
        if len(rest) == 2 and word[0] in common:
            counts['surname'][word[0]] += 1
            counts['first'][rest[0]] += 1
            counts['second'][rest[1]] += 1
        elif len(rest) == 1 and word[0] in PLAIN:
            counts['single'][rest] += 1
            counts['surname'][word[0]] += 0.3
    # The order of the list of common surnames is that of their frequency; rank r has a share of about 0.08 / r^0.85.
    rank = {c: i for i, c in enumerate(''.join(listed['common'][:400]))}
    out = collections.defaultdict(list)
    whole = sum(counts['surname'].values())
    for c in sorted(surnames):
        # Rare surnames that are everyday words are looked for behind labels only.
        if c not in rank and words.get(c, (0, ''))[0] > 5000:
            continue
        by_rank = 0.072 / (1 + rank[c] / 3) ** 1.1 if c in rank else 0.00001
        p = 0.5 * by_rank + 0.5 * counts['surname'][c] / whole
        if c in SMALL:
            p *= 0.1
        out['x%d' % half_nats(max(p, 0.00001))].append(c)
    for key, letter in (('first', 'f'), ('second', 'g'), ('single', 'h')):
        whole = sum(counts[key].values())
        listed_weight = sum(3 if c in strong else 1 for c in strong | usual)
        everything = set(counts[key]) | strong | usual
        if key == 'single':
            # Few names of two characters are in the list, and many of those are words: lean on the last of three.
            mixed = collections.Counter()
            for c in set(counts['single']) | set(counts['second']):
                mixed[c] = 0.25 * counts['single'][c] / whole + 0.75 * counts['second'][c] / sum(counts['second'].values())
            counts['single'] = mixed
            whole = 1
            everything |= set(mixed)
        for c in sorted(everything):
            by_list = (3 if c in strong else 1 if c in usual else 0) / listed_weight
            by_list *= 0.3 if c in seldom else 1
            p = 0.5 * (0.2 if c in seldom else 1) * counts[key][c] / whole + 0.5 * by_list
            if p >= 0.00003:
                out['%s%d' % (letter, half_nats(p))].append(c)
    # Characters that write foreign names: at the start, within, at the end.
    places = {k: collections.Counter() for k in 'bme'}
    for word, (freq, tag) in words.items():
        if tag in ('nrt', 'nr') and 2 <= len(word) <= 6 and all(c in wide for c in word):
            if tag == 'nr' and (word[0] in PLAIN or len(word) < 3):
                continue
            places['b'][word[0]] += 1
            places['e'][word[-1]] += 1
            for c in word[1:-1]:
                places['m'][c] += 1
    for key, counter in places.items():
        whole = sum(counter.values())
        for c in sorted(wide - NO_SOUND):
            out['%s%d' % (key, half_nats(0.8 * counter[c] / whole + 0.2 / len(wide)))].append(c)
    write('name-characters.txt',
          '# Characters of names by place and how unlikely they are there (-2 ln p). Made by make/lexicon.py.\n'
          '# x surname; f, g first and second character of a given name of two; h given name of one; b, m, e: at the\n'
          '# beginning, within and at the end of a foreign name.\n', out)


main(sys.argv[1])

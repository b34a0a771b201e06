#!/usr/bin/env python3
"""Makes ../latin-names.txt: given names and surnames in Latin letters, of many countries.

  pip install faker==40.54.0
  python3 latin_names.py

Source: Faker (MIT licence), the lists of its person providers, which it has from the statistics of each country.
"""
import importlib, os, re, sys

LOCALES = '''cs_CZ da_DK de_AT de_CH de_DE en_GB en_IE en_IN en_NZ en_PK en_US en_NG es_AR es_CO es_ES es_MX et_EE fi_FI fr_BE fr_CA fr_CH fr_DZ fr_FR
ga_IE hr_HR hu_HU id_ID it_IT lt_LT lv_LV nl_BE nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE tr_TR vi_VN zu_ZA'''.split()
# Words that stand at the start of sentences or in names of things far more often than in names of persons.
WORDS = set('''will may june april august summer autumn winter spring art bill mark grant chase hope faith joy grace rich page cash
sunny star sky north south east west royal prince king queen major junior senior general price little long short brown green black white
street park hill field church bush wood woods stone rivers lake bridge banks bank best first last young day may early new old good'''.split())
# Words of programs and manuals that some list has as given names; and words that no surname is worth.
WORDS |= set('''can else line elif sys meta dev server per man constant made del edit peer job conn lot odd ever floor edu among nand tri
che ing suse said tea nas uno lis'''.split())
NO_SURNAMES = set('the comment org char list must font link each pop stack op clear cases pages parts es handler put die key more less'.split())
first, last = set(), set()


def words(value):
    if isinstance(value, dict):
        value = value.keys()
    for name in value:
        if isinstance(name, (list, tuple)):
            name = name[0]
        for part in re.split(r'[ \-]', name):
            part = part.strip(".'’")
            if 2 <= len(part) <= 16 and re.fullmatch(r"[^\W\d_]+(?:['’][^\W\d_]+)?", part) and part[0].isupper() and ord(max(part)) < 0x250:
                yield part.lower().replace('’', "'")


for locale in LOCALES:
    try:
        provider = importlib.import_module('faker.providers.person.' + locale).Provider
    except ImportError:
        print('no', locale, file=sys.stderr)
        continue
    for field in dir(provider):
        value = getattr(provider, field)
        if not isinstance(value, (dict, list, tuple, set)):
            continue
        if field.startswith('first_name'):
            first.update(words(value))
        elif field.startswith('last_name'):
            last.update(words(value))

first = {w for w in first if len(w) > 2 or w in ('al', 'bo', 'ed', 'jo')}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'latin-names.txt'), 'w', encoding='utf-8') as f:
    f.write('# Given names and surnames in Latin letters. Made by make/latin_names.py from Faker (MIT).\n# @word: given names that are everyday words.\n')
    for section, names in (('first', first - WORDS), ('word', first & WORDS), ('last', last - NO_SURNAMES)):
        f.write('@%s\n' % section)
        line = ''
        for name in sorted(names):
            if len(line) + len(name) > 110:
                f.write(line.rstrip() + '\n')
                line = ''
            line += name + ' '
        f.write(line.rstrip() + '\n')
print(len(first), len(last))


/* The parts of the page, from the verdict down. */

function section(id, title, intro) {
  var s = el('section', { id: id, 'aria-labelledby': id + '-h' }, el('h2', { id: id + '-h' }, title));
  if (intro) { s.append(el('p', { class: 'intro' }, intro)); }
  return s;
}
function goTo(id) {
  var s = document.getElementById(id);
  if (s) { s.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth', block: 'start' }); }
}
function jump(key, value) { return function () { setFilter(key, value); goTo('files'); }; }

function overview() {
  var s = D.sum, p = D.persons, word = s.found ? (s.incomplete ? 'VerdictFindingsIncomplete' : 'VerdictFindings') : (s.incomplete ? 'VerdictCleanIncomplete' : 'VerdictClean');
  var worst = D.rules.reduce(function (m, r) { return Math.max(m, r.l); }, 0);
  var sec = el('section', { id: 'overview', class: 'hero' });
  sec.append(el('div', { class: 'verdict ' + (s.found ? 'lv' + worst : s.incomplete ? 'lv2' : 'ok') },
    el('h2', {}, t(word, num(s.with), num(s.found))),
    el('p', {}, D.meta.ended ? '' : t('CutOff') + ' ', s.combined ? t('CombinedFiles', num(s.combined)) + ' ' : '', s.false ? t('FalseAlarmsOut', num(s.false)) : '')));
  function tile(label, value, below, onclick, cls) {
    return el(onclick ? 'button' : 'div', { class: 'kpi ' + (cls || ''), type: onclick ? 'button' : null, onclick: onclick }, el('span', { class: 'label' }, label), el('strong', {}, value), el('small', {}, below));
  }
  var tiles = el('div', { class: 'kpis' },
    tile(t('Files'), num(s.files), size(s.bytes) + (s.members ? ' · ' + t('MembersCount', num(s.members)) : '')),
    tile(t('FilesWithFindings'), num(s.with), percent(s.with, s.files) + ' ' + t('OfFiles'), function () { setFilter('only', 'found'); goTo('files'); }),
    tile(t('Findings'), num(s.found), t('Different', about(s.distinct, s.exact)), function () { goTo('types'); }),
    tile(t('Persons'), p.least ? '≥ ' + num(p.least) : '–', t('PersonsBelow') + (p.exact ? '' : t('Estimated')), function () { goTo('persons'); }),
    tile(t('NotWhollyRead'), num(s.incomplete), percent(s.incomplete, s.files) + ' ' + t('OfFiles'), function () { setFilter('only', 'gaps'); goTo('files'); }, s.incomplete ? 'attention' : 'good'));
  if (known()) {
    tiles.append(tile(t('ReachWorld'), num(D.exposed.world.files), t('WithFindingsIn', num(D.exposed.world.found)), function () { filter.only = 'found'; setFilter('reach', 'world'); goTo('files'); }, D.exposed.world.files ? 'attention' : 'good'));
  }
  sec.append(tiles);
  return sec;
}

function coverage() {
  var c = D.cov, s = D.sum, sec = section('coverage', t('CoverageTitle'), t('CoverageIntro'));
  var parts = [['read', 'cv0', t('StateRead'), 0], ['partly', 'cv1', t('StatePartly'), 1], ['unread', 'cv2', t('StateUnread'), 2], ['out', 'cv3', t('LeftOut'), 3]];
  var bytes = parts.reduce(function (sum, p) { return sum + c[p[0]][1]; }, 0);
  var left = el('div', { class: 'card' }, el('h3', {}, t('HowMuch')),
    el('div', { class: 'stackrow' }, el('span', { class: 'muted' }, t('Files')), stack(parts.map(function (p) { return [c[p[0]][0], p[1], p[2]]; }), s.files)),
    el('div', { class: 'stackrow' }, el('span', { class: 'muted' }, t('Bytes')), stack(parts.map(function (p) { return [c[p[0]][1], p[1], p[2]]; }), bytes)),
    el('div', { class: 'coverlist' }, parts.map(function (p) {
      var n = c[p[0]];
      return el('button', { type: 'button', class: 'coveritem', onclick: jump('cover', p[3]) }, el('i', { class: 'sw ' + p[1] }), el('span', {}, p[2]), el('b', {}, num(n[0])), el('small', {}, percent(n[0], s.files) + ' · ' + size(n[1])));
    })));
  var list = D.gaps.filter(function (g) { return g.gaps > 0; });
  var right = el('div', { class: 'card grow' }, el('h3', {}, t('WhyNot')));
  if (!list.length) { right.append(el('p', { class: 'empty' }, t('NoGaps'))); }
  else {
    right.append(table([
      { key: 'why', label: t('Why'), get: pick, cell: function (g) { return [el('b', {}, pick(g)), g.wanted ? el('span', { class: 'tag' }, t('ByIntent')) : null, el('small', {}, lang === 'zh' ? g.dz : g.de), g.ex.length ? el('details', {}, el('summary', {}, t('LargestOfThem')), el('ul', { class: 'plain' }, g.ex.map(function (x) { return el('li', { class: 'mono wrap' }, x); }))) : null]; } },
      { key: 'files', num: true, label: t('ColumnFiles'), get: function (g) { return g.files; }, cell: function (g) { return num(g.files); } },
      { key: 'gaps', num: true, label: t('Places'), get: function (g) { return g.gaps; }, cell: function (g) { return num(g.gaps); } },
      { key: 'show', label: '', cell: function (g) { return button(t('ShowFiles'), jump('gap', D.gaps.indexOf(g)), { class: 'btn link go' }); } }
    ], list.sort(function (a, b) { return a.wanted - b.wanted || b.files - a.files; }), { most: 8 }));
  }
  sec.append(el('div', { class: 'cards' }, left, right));
  return sec;
}

function types() {
  var sec = section('types', t('TypesTitle'), t('TypesIntro')), most = D.rules.reduce(function (m, r) { return Math.max(m, r.f); }, 0);
  var byClass = el('div', { class: 'card' }, el('h3', {}, t('ByClass')), el('p', { class: 'muted' }, t('ClassesNote')));
  var mostClass = D.classes.reduce(function (m, c) { return Math.max(m, c.f); }, 0);
  D.classes.forEach(function (c) {
    var lv = { C3: 4, C2: 2, C1: 1, none: 0, sensitive: 3 }[c.k];
    byClass.append(el('button', { type: 'button', class: 'hbar', onclick: jump('cls', c.k) }, el('span', {}, className(c.k)), bar(c.f, mostClass, 'lv' + lv), el('b', {}, num(c.f)), el('small', {}, t('InFiles', num(c.n)))));
  });
  if (!D.classes.length) { byClass.append(el('p', { class: 'empty' }, t('NothingFound'))); }
  var main = el('div', { class: 'card grow' }, el('h3', {}, t('ByType')), D.rules.length ? table([
    { key: 'type', label: t('ColumnType'), get: pick, cell: function (r) { return [el('b', {}, pick(r)), el('small', { class: 'mono' }, r.id)]; } },
    { key: 'level', label: t('Level'), get: function (r) { return r.l; }, cell: function (r) { return [chip(r.l), r.c ? el('span', { class: 'tag' }, r.c) : null]; } },
    { key: 'f', num: true, label: t('ColumnFound'), get: function (r) { return r.f; }, cell: function (r) { return [num(r.f), bar(r.f, most, 'lv' + r.l)]; } },
    { key: 'd', num: true, label: t('ColumnDistinct'), get: function (r) { return r.d; }, cell: function (r) { return about(r.d, r.x); } },
    { key: 'n', num: true, label: t('ColumnFiles'), get: function (r) { return r.n; }, cell: function (r) { return button(num(r.n), jump('rule', r.i), { class: 'btn link', title: t('ShowFiles') }); } },
    { key: 't', num: true, label: t('ColumnTop'), get: function (r) { return r.t; }, cell: function (r) { return r.t + ' %'; } },
    { key: 'm', label: t('DecisionAll'), cell: function (r) { return marker({ rule: r.id }, true); } }
  ], D.rules.slice().sort(function (a, b) { return b.l - a.l || b.f - a.f; }), { most: 12 }) : el('p', { class: 'empty' }, t('NothingFound')));
  var law = el('div', { class: 'card grow' }, el('h3', {}, t('ByLaw')), el('p', { class: 'muted' }, t('CategoriesNote')), table([
    { key: 'name', label: t('ColumnCategory'), get: pick, cell: function (x) { return [el('b', {}, pick(x)), x.mem ? el('span', { class: 'muted' }, t('FromMemory')) : null, el('small', {}, pick(x.src))]; } },
    { key: 'l', label: t('Level'), get: function (x) { return x.l; }, cell: function (x) { return chip(x.l); } },
    { key: 'f', num: true, label: t('ColumnFound'), get: function (x) { return x.f; }, cell: function (x) { return num(x.f); } },
    { key: 'n', num: true, label: t('ColumnFiles'), get: function (x) { return x.n; }, cell: function (x) { return button(num(x.n), jump('cls', x.id), { class: 'btn link', title: t('ShowFiles') }); } }
  ], D.tags, { most: 8 }));
  var side = el('div', { class: 'column' }, byClass, partTable(t('ByFormat'), D.formats.map(function (f, n) { return { name: pick(f), part: f, jump: jump('format', n) }; }), 6));
  if (D.owners.length) { side.append(partTable(t('ByOwner'), D.owners.map(function (o, n) { return { name: o.name || '–', part: o, jump: jump('owner', n) }; }), 6)); }
  var wide = el('div', { class: 'column twice' }, main, D.tags.length ? law : null);
  sec.append(el('div', { class: 'cards' }, wide, side));
  return sec;
}

function partTable(title, list, rows) {
  var most = list.reduce(function (m, x) { return Math.max(m, x.part.score); }, 0);
  return el('div', { class: 'card grow' }, el('h3', {}, title), table([
    { key: 'name', label: t('Name'), get: function (x) { return x.name; }, cell: function (x) { return button(x.name, x.jump, { class: 'btn link', title: t('ShowFiles') }); } },
    { key: 'files', num: true, label: t('ColumnFiles'), get: function (x) { return x.part.files; }, cell: function (x) { return num(x.part.files); } },
    { key: 'found', num: true, label: t('ColumnFound'), get: function (x) { return x.part.found; }, cell: function (x) { return num(x.part.found); } },
    { key: 'bad', num: true, label: t('NotWhollyReadShort'), get: function (x) { return x.part.bad; }, cell: function (x) { return x.part.bad ? num(x.part.bad) : '–'; } },
    { key: 'score', num: true, label: t('Exposure'), get: function (x) { return x.part.score; }, cell: function (x) { return [num(x.part.score), bar(x.part.score, most, 'lv' + x.part.l)]; } }
  ], list, { most: rows || 8, sort: 'score' }));
}

function map() {
  var sec = section('map', t('MapTitle'), t('MapIntro')), box = el('div', { class: 'card' });
  sec.append(box);
  mapAt = mapTop();
  var width = 0;
  new ResizeObserver(function () {
    var w = box.clientWidth;
    if (w && Math.abs(w - width) > 2) { width = w; drawMap(box); }
  }).observe(box);
  treeOf();
  var list = [];
  var above = {}, up = mapAt;
  while (up) { above[up] = true; up = F.parent[up]; }
  for (var f = 1; f < F.name.length; f += 1) { if (!above[f] && (F.found[f] || F.bad[f])) { list.push({ name: folderPath(f), part: { files: F.files[f], found: F.found[f], bad: F.bad[f], score: F.score[f], l: F.level[f] }, jump: jump('folder', f) }); } }
  if (list.length) { sec.append(el('div', { class: 'cards' }, partTable(t('ByFolder'), list))); }
  return sec;
}

function riskiest() {
  var order = [];
  for (var i = 0; i < N; i += 1) { if (R.rules[i].length) { order.push(i); } }
  order.sort(function (a, b) { return R.score[b] - R.score[a] || a - b; });
  return order.slice(0, 10);
}

function files() {
  var sec = section('files', t('FilesTitle'), t('FilesIntro'));
  filesBox = el('div', { class: 'card' });
  sec.append(filesBox);
  var top = riskiest(), c = counts();
  if (top.length) {
    sec.append(el('div', { class: 'card print-only' }, el('h3', {}, t('RiskiestTitle')), el('table', {}, el('thead', {}, el('tr', {}, [t('File'), t('Exposure'), t('ColumnFound'), t('Types')].map(function (h) { return el('th', {}, h); }))),
      el('tbody', {}, top.concat().map(function (i) {
        var names = [];
        for (var k = 0; k < R.rules[i].length; k += 5) { if (RULE[R.rules[i][k]]) { names.push(pick(RULE[R.rules[i][k]]) + ' ' + num(R.rules[i][k + 1])); } }
        return el('tr', {}, el('td', { class: 'wrap' }, path(i)), el('td', { class: 'num' }, num(R.score[i])), el('td', { class: 'num' }, num(c.found[i])), el('td', {}, names.slice(0, 5).join(COMMA())));
      })))));
  }
  return sec;
}

function columns() {
  var sec = section('columns', t('ColumnsTitle'), t('ColumnsIntro'));
  var rows = D.columns.filter(function (c) { return RULE[c[1]]; });
  var card = el('div', { class: 'card' });
  card.append(rows.length ? table([
    { key: 'name', label: t('ColumnName'), get: function (c) { return c[0] || ''; }, cell: function (c) { return c[0] ? el('b', { class: 'wrap' }, c[0]) : el('span', { class: 'muted' }, t('NoName')); } },
    { key: 'type', label: t('ColumnType'), get: function (c) { return pick(RULE[c[1]]); }, cell: function (c) { return [pick(RULE[c[1]]), ' ', chip(RULE[c[1]].l)]; } },
    { key: 'files', num: true, label: t('ColumnFiles'), get: function (c) { return c[3]; }, cell: function (c) { return num(c[3]); } },
    { key: 'cells', num: true, label: t('CellsHead'), get: function (c) { return c[4]; }, cell: function (c) { return num(c[4]); } },
    { key: 'found', num: true, label: t('ColumnFound'), get: function (c) { return c[5]; }, cell: function (c) { return num(c[5]); } },
    { key: 'share', num: true, label: t('ShareOfCells'), get: function (c) { return c[4] ? c[5] / c[4] : 0; }, cell: function (c) { return c[4] ? percent(Math.min(c[5], c[4]), c[4]) : '–'; } },
    { key: 'distinct', num: true, label: t('ColumnDistinct'), get: function (c) { return c[6]; }, cell: function (c) { return about(c[6], c[7]); } },
    { key: 'top', num: true, label: t('ColumnTop'), get: function (c) { return c[8]; }, cell: function (c) { return c[8] + ' %'; } },
    { key: 'mark', label: t('DecisionAll'), cell: function (c) { return c[0] ? marker({ rule: RULE[c[1]].id, header: c[0] }, true) : el('span', { class: 'muted' }, '–'); } }
  ], rows, { most: 15, sort: 'found' }) : el('p', { class: 'empty' }, t('NoColumns')));
  sec.append(card);
  return sec;
}

function exposed() {
  var x = D.exposed, sec = section('exposed', t('ExposedTitle'), t('ExposedIntro'));
  if (!x.known) { sec.append(el('div', { class: 'card' }, el('p', { class: 'empty' }, t('NoRights')))); return sec; }
  function tile(part, title, text, key, value) {
    return el('button', { type: 'button', class: 'kpi ' + (part.files ? 'attention' : 'good'), onclick: function () { filter.only = 'found'; setFilter(key, value); goTo('files'); } },
      el('span', { class: 'label' }, title), el('strong', {}, num(part.files)), el('small', {}, part.files ? t('WithFindingsIn', num(part.found)) : t('None')), el('small', { class: 'muted' }, text));
  }
  sec.append(el('div', { class: 'kpis four' },
    tile(x.world, t('ReachWorld'), t('ReachWorldText'), 'reach', 'world'), tile(x.group, t('ReachGroup'), t('ReachGroupText'), 'reach', 'group'),
    tile(x.orphan, t('Orphan'), t('OrphanText'), 'reach', 'orphan'), tile(x.stale, t('Stale'), t('StaleText'), 'age', 1095)));
  var list = [];
  for (var i = 0; i < N; i += 1) { if (R.rules[i].length && R.mode[i] >= 0 && (R.mode[i] & 36 || R.orphan[i] || R.age[i] >= 1095)) { list.push(i); } }
  list.sort(function (a, b) { return R.score[b] - R.score[a] || a - b; });
  if (list.length) {
    sec.append(el('div', { class: 'card' }, table([
      { key: 'name', label: t('File'), get: path, cell: function (i) { return button(path(i), function () { openFile(i); }, { class: 'btn link wrap left' }); } },
      { key: 'level', label: t('Level'), get: function (i) { return R.level[i]; }, cell: function (i) { return chip(R.level[i]); } },
      { key: 'why', label: t('Why'), cell: function (i) { return [R.mode[i] & 4 ? el('span', { class: 'tag hot' }, t('ReachWorld')) : R.mode[i] & 32 ? el('span', { class: 'tag' }, t('ReachGroup')) : null, R.orphan[i] ? el('span', { class: 'tag hot' }, t('Orphan')) : null, R.age[i] >= 1095 ? el('span', { class: 'tag' }, t('Stale')) : null]; } },
      { key: 'owner', label: t('OwnerAndRights'), get: function (i) { return D.owners[R.owner[i]] ? D.owners[R.owner[i]].name : ''; }, cell: function (i) { return [(D.owners[R.owner[i]] ? D.owners[R.owner[i]].name : '–') + ' : ' + R.group[i], el('small', { class: 'mono' }, rights(R.mode[i]))]; } },
      { key: 'day', label: t('Changed'), get: function (i) { return R.day[i]; }, cell: function (i) { return day(R.day[i]); } },
      { key: 'score', num: true, label: t('Exposure'), get: function (i) { return R.score[i]; }, cell: function (i) { return num(R.score[i]); } }
    ], list.slice(0, 500), { most: 10, sort: 'score' })));
  }
  return sec;
}

function persons() {
  var p = D.persons, sec = section('persons', t('PersonsTitle'), t('PersonsIntro'));
  var most = p.kinds.reduce(function (m, k) { return Math.max(m, k[1]); }, 0);
  var left = el('div', { class: 'card' }, el('div', { class: 'big' }, el('strong', {}, p.least ? '≥ ' + num(p.least) : '–'), el('span', {}, t('PersonsAtLeast') + (p.exact ? '' : t('Estimated')))));
  p.kinds.filter(function (k) { return RULE[k[0]]; }).sort(function (a, b) { return b[3] - a[3] || b[1] - a[1]; }).slice(0, 12).forEach(function (k) {
    left.append(el('div', { class: 'hbar named' }, el('span', {}, pick(RULE[k[0]])), bar(k[1], most, 'lv' + RULE[k[0]].l), el('b', {}, about(k[1], k[2])), el('small', {}, k[3] ? t('OnePersonEach') : t('MayShare'))));
  });
  var list = p.list.filter(function (x) { return RULE[x[0]]; }), at = 0, kind = '', box = el('div', {}), page = 20;
  var right = el('div', { class: 'card grow' }, el('h3', {}, t('NotifyTitle')), el('p', { class: 'muted' }, t('NotifyIntro')), box);
  function draw() {
    clear(box);
    var shown = list.filter(function (x) { return kind === '' || x[0] === Number(kind); });
    var kinds = [];
    list.forEach(function (x) { if (kinds.indexOf(x[0]) < 0) { kinds.push(x[0]); } });
    box.append(el('div', { class: 'bar-row' }, select(t('ColumnType'), [['', t('AllTypes')]].concat(kinds.map(function (k) { return [k, pick(RULE[k])]; })), kind, function (v) { kind = v; at = 0; draw(); }),
      button(t('ExportCsv'), function () {
        var lines = [['rule', 'type', 'key', 'masked', 'files'].join(',')];
        shown.forEach(function (x) { lines.push([RULE[x[0]].id, pick(RULE[x[0]]), x[1], x[2], x[3]].map(csvCell).join(',')); });
        save('persons.csv', '\ufeff' + lines.join('\r\n') + '\r\n', 'text/csv');
      }, { disabled: !shown.length })));
    if (!shown.length) { box.append(el('p', { class: 'empty' }, t('NobodyListed'))); }
    else {
      box.append(el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, [t('ColumnType'), t('KeyedId'), t('Masked'), t('ColumnFiles')].map(function (h, n) { return el('th', { class: n === 3 ? 'num' : '' }, h); }))),
        el('tbody', {}, shown.slice(at, at + page).map(function (x) { return el('tr', {}, el('td', {}, pick(RULE[x[0]])), el('td', { class: 'mono' }, x[1]), el('td', { class: 'mono' }, x[2] || '–'), el('td', { class: 'num' }, num(x[3]))); })))));
      box.append(el('div', { class: 'bar-row pager' }, button('←', function () { at = Math.max(0, at - page); draw(); }, { disabled: at === 0, 'aria-label': t('PageBefore') }), el('span', { class: 'muted' }, t('RangeOf', num(at + 1), num(Math.min(at + page, shown.length)), num(shown.length))), button('→', function () { at += page; draw(); }, { disabled: at + page >= shown.length, 'aria-label': t('PageAfter') })));
    }
    if (p.listed > list.length || p.more) { box.append(el('p', { class: 'note' }, t('MorePersons', num(p.listed + p.more - list.length)))); }
    if (p.unlisted) { box.append(el('p', { class: 'note' }, t('UnlistedPersons', num(p.unlisted)))); }
  }
  draw();
  sec.append(el('div', { class: 'cards' }, left, right));
  return sec;
}

function method() {
  var sec = section('method', t('MethodTitle')), items = ['MethodLevel', 'MethodExposure', 'MethodReach', 'MethodConfidence', 'MethodDistinct', 'MethodPersons', 'MethodCoverage', 'MethodMasked'];
  sec.append(el('div', { class: 'card prose' }, el('dl', {}, items.map(function (k) { return [el('dt', {}, t(k)), el('dd', {}, t(k + 'Text'))]; })),
    el('p', { class: 'muted' }, t('MadeBy', D.meta.version, D.meta.digest.slice(0, 12), moment(D.meta.made)))));
  return sec;
}

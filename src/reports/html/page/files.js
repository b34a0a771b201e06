
/* The list of files: filtered, sorted, searched; only the rows in sight are in the page. */

var ROW = 44;
var filter = { q: '', rule: '', level: '', cls: '', format: '', cover: '', gap: '', owner: '', folder: '', reach: '', age: '', mark: '', only: 'found' };
var sortBy = 'score', sortDir = -1, view = new Uint32Array(0), active = 0, chosen = new Set();
var filesBox = null, hay = null;

function haystack() {
  if (!hay) { hay = new Array(N); for (var i = 0; i < N; i += 1) { hay[i] = path(i).toLowerCase(); } }
  return hay;
}
function below(folder) {
  var inside = new Uint8Array(F.name.length);
  inside[folder] = 1;
  for (var f = folder + 1; f < F.name.length; f += 1) { if (inside[F.parent[f]]) { inside[f] = 1; } }
  return inside;
}
function hasRule(i, test) {
  var c = R.rules[i];
  for (var k = 0; k < c.length; k += 5) { if (RULE[c[k]] && test(RULE[c[k]])) { return true; } }
  return false;
}

function choose() {
  var f = filter, words = f.q.toLowerCase().split(/\s+/).filter(Boolean), h = words.length ? haystack() : null;
  var inside = f.folder === '' ? null : below(Number(f.folder)), c = counts(), out = [];
  for (var i = 0; i < N; i += 1) {
    if (f.only === 'found' && !R.rules[i].length) { continue; }
    if (f.only === 'gaps' && !(R.covered[i] === 1 || R.covered[i] === 2)) { continue; }
    if (inside && !inside[R.folder[i]]) { continue; }
    if (f.level !== '' && (!R.rules[i].length || R.level[i] !== Number(f.level))) { continue; }
    if (f.format !== '' && R.format[i] !== Number(f.format)) { continue; }
    if (f.cover !== '' && R.covered[i] !== Number(f.cover)) { continue; }
    if (f.gap !== '' && R.gap[i] !== Number(f.gap)) { continue; }
    if (f.owner !== '' && R.owner[i] !== Number(f.owner)) { continue; }
    if (f.reach === 'world' && !(R.mode[i] >= 0 && R.mode[i] & 4)) { continue; }
    if (f.reach === 'group' && !(R.mode[i] >= 0 && R.mode[i] & 32 && !(R.mode[i] & 4))) { continue; }
    if (f.reach === 'owner' && !(R.mode[i] >= 0 && !(R.mode[i] & 36))) { continue; }
    if (f.reach === 'orphan' && !R.orphan[i]) { continue; }
    if (f.age !== '' && R.age[i] < Number(f.age)) { continue; }
    if (f.rule !== '' && !hasRule(i, function (r) { return r.i === Number(f.rule); })) { continue; }
    if (f.cls !== '' && !hasRule(i, function (r) { return f.cls === 'sensitive' ? r.s : f.cls === 'none' ? !r.c : f.cls === 'tag' ? false : r.c === f.cls || r.tags.indexOf(f.cls) >= 0; })) { continue; }
    if (f.mark !== '' && (fileMark(i) || 'none') !== f.mark) { continue; }
    if (h && !words.every(function (w) { return h[i].indexOf(w) >= 0 || R.id[i].indexOf(w) === 0; })) { continue; }
    out.push(i);
  }
  var key = {
    score: R.score, found: c.found, distinct: c.distinct, bytes: R.bytes, level: R.level, day: R.day, covered: R.covered,
    owner: R.owner, format: R.format
  }[sortBy];
  if (sortBy === 'name') {
    var paths = haystack();
    out.sort(function (a, b) { return (paths[a] < paths[b] ? -1 : paths[a] > paths[b] ? 1 : a - b) * sortDir; });
  } else {
    out.sort(function (a, b) { return (key[a] - key[b]) * sortDir || a - b; });
  }
  view = Uint32Array.from(out);
  active = Math.min(active, Math.max(0, view.length - 1));
}

function setFilter(key, value) {
  /* A filter that is chosen elsewhere shows all files that it fits. */
  filter[key] = value === null || value === undefined ? '' : String(value);
  if (key === 'cover' || key === 'gap') { filter.only = ''; }
  if (key === 'format' || key === 'owner' || key === 'folder' || key === 'reach' || key === 'age') { filter.only = filter.only === 'gaps' ? '' : filter.only; }
  active = 0;
  buildFiles();
}
function resetFilter() {
  Object.keys(filter).forEach(function (k) { filter[k] = ''; });
  filter.only = 'found';
  buildFiles();
}

function options(list) { return [['', t('Any')]].concat(list); }
function known() { return D.exposed.known > 0; }

function fileColumns() {
  var cols = [
    ['pick', '', 'c-pick'], ['score', t('Exposure'), 'c-score num'], ['name', t('File'), 'c-name'], ['level', t('Level'), 'c-level'],
    ['found', t('ColumnFound'), 'c-found num'], ['types', t('Types'), 'c-types'], ['format', t('Format'), 'c-format'], ['bytes', t('Size'), 'c-num num']
  ];
  if (known()) { cols.push(['owner', t('Owner'), 'c-owner'], ['day', t('Changed'), 'c-day']); }
  cols.push(['covered', t('Coverage'), 'c-cover'], ['mark', t('Decision'), 'c-mark']);
  return cols;
}

function coverName(n) { return [t('StateRead'), t('StatePartly'), t('StateUnread'), t('LeftOut')][n]; }

function fileRow(i, at, cols) {
  var c = counts(), most = fileRow.most || 1;
  var names = [];
  for (var k = 0; k < R.rules[i].length && names.length < 2; k += 5) { if (RULE[R.rules[i][k]]) { names.push(pick(RULE[R.rules[i][k]])); } }
  var more = R.rules[i].length / 5 - names.length, mark = fileMark(i);
  var cells = {
    pick: function () { return el('input', { type: 'checkbox', tabindex: '-1', checked: chosen.has(i), 'aria-label': t('Choose'), onclick: function (e) { e.stopPropagation(); toggle(i); } }); },
    score: function () { return [el('span', {}, R.score[i] ? num(R.score[i]) : '–'), bar(Math.log1p(R.score[i]), Math.log1p(most), 'lv' + R.level[i])]; },
    name: function () { return [el('b', { title: path(i) }, R.name[i]), el('small', { title: folderPath(R.folder[i]) }, folderPath(R.folder[i]) || '·')]; },
    level: function () { return R.rules[i].length ? chip(R.level[i]) : el('span', { class: 'muted' }, '–'); },
    found: function () { return [el('span', {}, c.found[i] ? num(c.found[i]) : '–'), c.found[i] ? el('small', {}, t('DifferentShort', about(c.distinct[i], totals.exact[i]))) : null]; },
    types: function () { return el('span', { class: 'clip', title: names.join(COMMA()) }, names.join(COMMA()), more > 0 ? ' +' + more : ''); },
    format: function () { return el('span', { class: 'clip' }, pick(D.formats[R.format[i]]), R.flags[i] & 1 ? el('span', { class: 'warn', title: t('NameClaimsOther') }, ' ≠') : null); },
    bytes: function () { return size(R.bytes[i]); },
    owner: function () { return R.mode[i] < 0 ? '–' : [el('span', { class: R.orphan[i] ? 'warn clip' : 'clip' }, D.owners[R.owner[i]] ? D.owners[R.owner[i]].name : '–'), el('small', { class: R.mode[i] & 4 ? 'mono warn' : 'mono' }, rights(R.mode[i]))]; },
    day: function () { return R.mode[i] < 0 ? '–' : day(R.day[i]); },
    covered: function () { return el('span', { class: 'cover cv' + R.covered[i], title: R.gap[i] >= 0 ? pick(D.gaps[R.gap[i]]) : '' }, coverName(R.covered[i])); },
    mark: function () { return mark ? el('span', { class: 'mark ' + mark }, markName(mark)) : el('span', { class: 'muted' }, '–'); }
  };
  return el('div', {
    class: 'row' + (at === active ? ' active' : '') + (chosen.has(i) ? ' chosen' : ''), role: 'row', 'aria-rowindex': String(at + 2), id: 'row' + at,
    'aria-selected': String(chosen.has(i)), 'data-file': R.id[i], onclick: function () { active = at; openFile(i); }
  }, cols.map(function (col) { return el('div', { role: 'gridcell', class: 'cell ' + col[2] }, cells[col[0]]()); }));
}

function toggle(i) {
  if (chosen.has(i)) { chosen.delete(i); } else { chosen.add(i); }
  drawFiles();
}

var grid = null;
function drawFiles() {
  if (!grid) { return; }
  var cols = fileColumns(), first = Math.max(0, Math.floor(grid.scrollTop / ROW) - 6), last = Math.min(view.length, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW) + 6);
  var sheet = clear(grid.querySelector('.sheet'));
  sheet.style.height = view.length * ROW + 'px';
  grid.style.height = Math.max(2, Math.min(12, view.length)) * ROW + 'px';
  for (var at = first; at < last; at += 1) {
    var row = fileRow(view[at], at, cols);
    row.style.top = at * ROW + 'px';
    sheet.append(row);
  }
  grid.setAttribute('aria-activedescendant', view.length ? 'row' + active : '');
  grid.setAttribute('aria-rowcount', String(view.length + 1));
  var n = document.getElementById('chosen');
  if (n) { n.textContent = chosen.size ? t('ChosenFiles', num(chosen.size)) : t('AllShownFiles', num(view.length)); }
}

function moveTo(at) {
  active = Math.max(0, Math.min(view.length - 1, at));
  var top = active * ROW;
  if (top < grid.scrollTop) { grid.scrollTop = top; }
  else if (top + ROW > grid.scrollTop + grid.clientHeight - 4) { grid.scrollTop = top + ROW - grid.clientHeight + 4; }
  drawFiles();
}

function gridKey(e) {
  var page = Math.floor(grid.clientHeight / ROW) - 1, i = view[active];
  var moves = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: view.length - 1 };
  if (e.ctrlKey || e.metaKey || e.altKey || !view.length) { return; }
  if (moves[e.key] !== undefined) { moveTo(moves[e.key]); }
  else if (e.key === 'Enter') { openFile(i); }
  else if (e.key === ' ') { toggle(i); }
  else if ('cfhsex'.indexOf(e.key) >= 0) {
    decide({ file: R.id[i] }, { c: 'confirmed', f: 'false-alarm', h: 'hand-over', s: 'seal', e: 'erase', x: '' }[e.key]);
    say(e.key === 'x' ? t('Undecided') : t('Marked', markName(markOf({ file: R.id[i] }))));
    decided();
  } else { return; }
  e.preventDefault();
}

function markMany(mark) {
  var list = chosen.size ? Array.from(chosen) : Array.from(view);
  list.forEach(function (i) { decide({ file: R.id[i] }, mark); });
  say(t('MarkedFiles', num(list.length)));
  decided();
}

function chips() {
  var f = filter, out = [];
  function one(key, text) {
    if (f[key] === '' || (key === 'only' && f.only === 'found')) { return; }
    out.push(el('button', { type: 'button', class: 'fchip', 'aria-label': t('RemoveFilter', text), onclick: function () { filter[key] = ''; buildFiles(); } }, text, el('span', { 'aria-hidden': 'true' }, ' ×')));
  }
  one('rule', f.rule !== '' && RULE[f.rule] ? pick(RULE[f.rule]) : '');
  var tag = D.tags.filter(function (x) { return x.id === f.cls; })[0];
  one('cls', f.cls === '' ? '' : tag ? pick(tag) : className(f.cls));
  one('level', f.level === '' ? '' : levelName(Number(f.level)));
  one('format', f.format === '' ? '' : pick(D.formats[Number(f.format)]));
  one('cover', f.cover === '' ? '' : coverName(Number(f.cover)));
  one('gap', f.gap === '' ? '' : pick(D.gaps[Number(f.gap)]));
  one('owner', f.owner === '' ? '' : t('Owner') + ' ' + D.owners[Number(f.owner)].name);
  one('folder', f.folder === '' ? '' : folderPath(Number(f.folder)) || t('WholeShare'));
  one('reach', f.reach === '' ? '' : t({ world: 'ReachWorld', group: 'ReachGroup', owner: 'ReachOwner', orphan: 'Orphan' }[f.reach]));
  one('age', f.age === '' ? '' : t('OlderThan', num(Math.round(Number(f.age) / 365))));
  one('mark', f.mark === '' ? '' : f.mark === 'none' ? t('Undecided') : markName(f.mark));
  one('q', f.q === '' ? '' : '“' + f.q + '”');
  if (out.length) { out.push(button(t('ResetFilters'), resetFilter, { class: 'btn link' })); }
  return out;
}

var typing = 0;
function buildFiles() {
  if (!filesBox) { return; }
  choose();
  fileRow.most = 1;
  for (var i = 0; i < N; i += 1) { if (R.score[i] > fileRow.most) { fileRow.most = R.score[i]; } }
  var hadFocus = document.activeElement && document.activeElement.id === 'q';
  clear(filesBox);
  var f = filter, set = function (key) { return function (v) { filter[key] = v; active = 0; buildFiles(); }; };
  var search = el('input', {
    type: 'search', id: 'q', value: f.q, placeholder: t('SearchFiles'), 'aria-label': t('SearchFiles'), autocomplete: 'off', spellcheck: 'false',
    oninput: function (e) { clearTimeout(typing); var v = e.target.value; typing = setTimeout(function () { filter.q = v; active = 0; buildFiles(); }, 120); }
  });
  var byRule = D.rules.slice().sort(function (a, b) { return b.l - a.l || b.f - a.f; });
  filesBox.append(
    el('div', { class: 'toolbar' }, search,
      el('div', { class: 'seg', role: 'group', 'aria-label': t('WhichFiles') }, [['found', t('WithFindings')], ['gaps', t('NotWhollyRead')], ['', t('AllFiles')]].map(function (o) {
        return el('button', { type: 'button', 'aria-pressed': String(f.only === o[0]), onclick: function () { set('only')(o[0]); } }, o[1]);
      })),
      select(t('ColumnType'), [['', t('ColumnType')]].concat(byRule.map(function (r) { return [r.i, pick(r)]; })), f.rule, set('rule')),
      select(t('Level'), [['', t('Level')]].concat([4, 3, 2, 1, 0].map(function (l) { return [l, levelName(l)]; })), f.level, set('level')),
      select(t('Format'), [['', t('Format')]].concat(D.formats.map(function (x, n) { return [n, pick(x) + ' (' + num(x.files) + ')']; })), f.format, set('format')),
      select(t('Coverage'), [['', t('Coverage')]].concat([0, 1, 2, 3].map(function (n) { return [n, coverName(n)]; })), f.cover, set('cover')),
      known() ? select(t('Reach'), [['', t('Reach')], ['world', t('ReachWorld')], ['group', t('ReachGroup')], ['owner', t('ReachOwner')], ['orphan', t('Orphan')]], f.reach, set('reach')) : null,
      known() ? select(t('Age'), [['', t('Age')]].concat([1, 3, 5, 10].map(function (y) { return [y * 365, t('OlderThan', y)]; })), f.age, set('age')) : null,
      select(t('Decision'), [['', t('Decision')], ['none', t('Undecided')]].concat(MARKS.map(function (m) { return [m, markName(m)]; })), f.mark, set('mark'))),
    el('div', { class: 'bar-row' },
      el('div', { class: 'chips' }, el('b', { id: 'count' }, t('FilesOf', num(view.length), num(N))), chips()),
      el('div', { class: 'bulk' }, el('span', { id: 'chosen', class: 'muted' }), select(t('MarkAs'), [['', t('MarkAs')]].concat(MARKS.map(function (m) { return [m, markName(m)]; })), '', function (m) { if (m) { markMany(m); buildFiles(); } }),
        chosen.size ? button(t('ChooseNone'), function () { chosen.clear(); buildFiles(); }, { class: 'btn link' }) : null)));
  var cols = fileColumns();
  var head = el('div', { class: 'row head', role: 'row', 'aria-rowindex': '1' }, cols.map(function (c) {
    var sorts = ['score', 'name', 'level', 'found', 'format', 'bytes', 'owner', 'day', 'covered'].indexOf(c[0]) >= 0;
    return el('div', { role: 'columnheader', class: 'cell ' + c[2], 'aria-sort': c[0] === sortBy ? (sortDir < 0 ? 'descending' : 'ascending') : null },
      sorts ? el('button', {
        type: 'button', class: 'sort', onclick: function () {
          if (sortBy === c[0]) { sortDir = -sortDir; } else { sortBy = c[0]; sortDir = ['name', 'format', 'owner', 'day'].indexOf(c[0]) >= 0 ? 1 : -1; }
          buildFiles();
        }
      }, c[1], c[0] === sortBy ? (sortDir < 0 ? ' ↓' : ' ↑') : '') : c[1]);
  }));
  grid = el('div', { class: 'grid', tabindex: '0', role: 'grid', 'aria-label': t('Files'), onscroll: function () { requestAnimationFrame(drawFiles); }, onkeydown: gridKey }, el('div', { class: 'sheet', role: 'rowgroup' }));
  filesBox.append(el('div', { class: 'gridbox' + (known() ? ' wide' : '') }, el('div', { class: 'gridhead', role: 'rowgroup' }, head), grid));
  if (!view.length) { filesBox.append(el('p', { class: 'empty' }, t('NoFilesFit'))); }
  filesBox.append(el('p', { class: 'muted keys' }, t('KeysHelp')));
  if (D.sum.moreFiles) { filesBox.append(el('p', { class: 'note' }, t('MoreFilesNote', num(D.sum.moreFiles)))); }
  drawFiles();
  if (hadFocus) { search.focus(); search.setSelectionRange(search.value.length, search.value.length); }
}

/* A file with all that is known of it. */
function openFile(i) {
  var d = DETAILS[i], box = dialog(R.name[i]), c = counts();
  var facts = [[t('Folder'), folderPath(R.folder[i]) || '·'], [t('Format'), pick(D.formats[R.format[i]]) + (R.encoding[i] ? ' · ' + R.encoding[i] : '')], [t('Size'), size(R.bytes[i])],
    [t('Coverage'), coverName(R.covered[i]) + (R.gap[i] >= 0 ? ' · ' + pick(D.gaps[R.gap[i]]) : '')],
    [t('Exposure'), num(R.score[i]) + ' = ' + num(R.weight[i]) + ' × ' + (R.weight[i] ? Math.round(R.score[i] / R.weight[i]) : 1)]];
  if (R.mode[i] >= 0) {
    facts.push([t('OwnerAndRights'), (D.owners[R.owner[i]] ? D.owners[R.owner[i]].name : '–') + ' : ' + R.group[i] + ' · ' + rights(R.mode[i]) + (R.orphan[i] ? ' · ' + t('Orphan') : '')]);
    facts.push([t('Changed'), day(R.day[i]) + ' · ' + t('DaysAgo', num(R.age[i]))]);
  }
  if (R.members[i]) { facts.push([t('Members'), num(R.members[i])]); }
  facts.push([t('FileId'), R.id[i]]);
  box.append(el('div', { class: 'facts' }, facts.map(function (x) { return el('div', {}, el('span', { class: 'muted' }, x[0]), el('b', { class: x[0] === t('FileId') ? 'mono' : '' }, x[1])); })));
  if (R.flags[i] & 2) { box.append(el('p', { class: 'note' }, t('CombinedNote'))); }
  if (R.flags[i] & 1) { box.append(el('p', { class: 'note' }, t('NameClaimsOther'))); }
  box.append(el('div', { class: 'bar-row' }, el('b', {}, t('WholeFile')), marker({ file: R.id[i] })));
  var rows = [];
  for (var k = 0; k < R.rules[i].length; k += 5) { rows.push(R.rules[i].slice(k, k + 5)); }
  if (rows.length) {
    box.append(el('h3', {}, t('FoundInIt')), table([
      { key: 'type', label: t('ColumnType'), get: function (r) { return RULE[r[0]] ? pick(RULE[r[0]]) : ''; }, cell: function (r) { return RULE[r[0]] ? [pick(RULE[r[0]]), el('small', { class: 'mono' }, RULE[r[0]].id)] : '–'; } },
      { key: 'level', label: t('Level'), get: function (r) { return RULE[r[0]] ? RULE[r[0]].l : 0; }, cell: function (r) { return RULE[r[0]] ? chip(RULE[r[0]].l) : '–'; } },
      { key: 'found', num: true, label: t('ColumnFound'), get: function (r) { return r[1]; }, cell: function (r) { return num(r[1]); } },
      { key: 'distinct', num: true, label: t('ColumnDistinct'), get: function (r) { return r[2]; }, cell: function (r) { return about(r[2], r[3]); } },
      { key: 'top', num: true, label: t('ColumnTop'), get: function (r) { return r[4]; }, cell: function (r) { return r[4] + ' %'; } },
      { key: 'mark', label: t('Decision'), cell: function (r) { return RULE[r[0]] ? marker({ file: R.id[i], rule: RULE[r[0]].id }, true) : ''; } }
    ], rows, { most: 20 }));
  }
  if (!d) { if (rows.length) { box.append(el('p', { class: 'muted' }, t('NoDetails'))); } return; }
  if (d.p.length) {
    box.append(el('h3', {}, t('Where')));
    d.p.forEach(function (p) { box.append(placeBox(i, p)); });
    if (d.more) { box.append(el('p', { class: 'muted' }, t('MorePlaces', num(d.more)))); }
  }
  if (d.g.length) {
    box.append(el('h3', {}, t('NotReadHere')), el('ul', { class: 'plain' }, d.g.map(function (g) {
      var gap = D.gaps.filter(function (x) { return x.id === g[0]; })[0];
      return el('li', {}, el('b', {}, pick(gap)), g[1] ? el('span', { class: 'mono' }, ' ' + g[1]) : '', el('small', {}, lang === 'zh' ? gap.dz : gap.de));
    })));
  }
  if (d.m.length) {
    box.append(el('h3', {}, t('Members')), table([
      { key: 'm', label: t('Member'), get: function (r) { return r[0]; }, cell: function (r) { return el('span', { class: 'mono wrap' }, r[0]); } },
      { key: 'f', label: t('Format'), get: function (r) { return r[1] || ''; }, cell: function (r) { return r[1] || '–'; } },
      { key: 'b', num: true, label: t('Size'), get: function (r) { return r[2]; }, cell: function (r) { return size(r[2]); } },
      { key: 's', label: t('Coverage'), get: function (r) { return r[3]; }, cell: function (r) { return el('span', { class: 'cover cv' + r[3] }, coverName(r[3])); } }
    ], d.m, { most: 10 }));
  }
}

function placeBox(i, p) {
  var head = [];
  if (p.c) { head.push(t('Column') + ' ' + p.c + (p.h ? ' “' + p.h + '”' : '')); }
  if (p.at) { head.push(p.at); }
  if (!head.length) { head.push(t('TextOfFile')); }
  if (p.n) { head.push(t('Cells', num(p.n))); }
  return el('div', { class: 'place' }, el('div', { class: 'mono wrap' }, head.join(' · ')), p.r.map(function (r) {
    var rule = RULE[r[0]];
    if (!rule) { return null; }
    var what = { file: R.id[i], rule: rule.id, place: p.at };
    if (p.c) { what.column = p.c; }
    return el('div', { class: 'found' }, el('div', { class: 'bar-row' }, el('span', {}, el('b', {}, pick(rule)), ' ', t('FoundDifferent', num(r[1]), about(r[2], r[3]))), marker(what, true)),
      el('div', { class: 'samples' }, r[5].map(function (s) {
        return el('div', { class: 'sample' }, el('code', {}, s[0]), el('span', { class: 'mono muted' }, s[3] + (s[4] ? ':' + s[4] : '')), el('span', { class: 'muted' }, t('Sure', s[1]), ' · ', s[2].map(function (x) { var w = D.reasons[x]; return w ? w[lang === 'zh' ? 0 : 1] : x; }).join(COMMA())),
          marker({ rule: rule.id, value: s[5] }, true));
      })));
  }));
}

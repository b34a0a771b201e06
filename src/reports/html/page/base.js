(function () {
'use strict';

/* Data, words, and the few tools that all parts use. Text reaches the page as text only. */

var D = JSON.parse(document.getElementById('data').textContent);
var DETAILS = JSON.parse(document.getElementById('details').textContent);
var R = D.rows, F = D.folders, N = R.name.length;
var lang = D.lang;
var RULE = {};
D.rules.forEach(function (r) { RULE[r.i] = r; });

function t(key) {
  var pair = D.words[key];
  if (!pair) { return key; }
  var text = pair[lang === 'zh' ? 0 : 1], args = arguments, next = 1;
  return text.replace(/\{(\d*)\}/g, function (whole, n) {
    var at = n === '' ? next++ : Number(n) + 1;
    return at < args.length ? String(args[at]) : whole;
  });
}

function pick(o) { return lang === 'zh' ? o.zh : o.en; }
function COMMA() { return lang === 'zh' ? '、' : ', '; }
function levelName(l) { return D.levels[l][lang === 'zh' ? 0 : 1]; }
function className(k) { return k === 'none' ? t('NoClass') : k === 'sensitive' ? t('Sensitive') : k; }

var grouping = new Intl.NumberFormat('en-US');
function num(n) { return grouping.format(n); }
function about(n, exact) { return (exact ? '' : '≈') + num(n); }
function size(n) {
  var units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'], u = 0;
  while (n >= 1024 && u < units.length - 1) { n /= 1024; u += 1; }
  return (u === 0 || n >= 100 ? String(Math.round(n)) : n.toFixed(1)) + ' ' + units[u];
}
function percent(part, all) {
  if (!all) { return '0 %'; }
  var p = part / all * 100;
  return (p > 0 && p < 0.1 ? '< 0.1' : p < 99.95 && p > 99.9 ? '99.9' : p.toFixed(p < 10 && p > 0 ? 1 : 0)) + ' %';
}
function day(d) { return new Date(d * 86400000).toISOString().slice(0, 10); }
function moment(text) { return text ? text.slice(0, 16).replace('T', ' ') + ' UTC' : ''; }
function rights(mode) {
  var out = '';
  for (var bit = 8; bit >= 0; bit -= 1) { out += mode >> bit & 1 ? 'rwx'[2 - bit % 3] : '-'; }
  return out;
}

/* el('div', {class: 'x', onclick: f}, child, 'text', ...): an element; nothing is ever parsed as markup. */
function el(tag, props) {
  var e = document.createElement(tag);
  fill(e, props, Array.prototype.slice.call(arguments, 2));
  return e;
}
function svg(tag, props) {
  var e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(e, props, Array.prototype.slice.call(arguments, 2));
  return e;
}
function fill(e, props, children) {
  Object.keys(props || {}).forEach(function (k) {
    var v = props[k];
    if (v === null || v === undefined || v === false) { return; }
    if (k.slice(0, 2) === 'on') { e.addEventListener(k.slice(2), v); }
    else if (k === 'value' || k === 'checked' || k === 'disabled' || k === 'selected' || k === 'indeterminate') { e[k] = v; }
    else { e.setAttribute(k, v === true ? '' : v); }
  });
  add(e, children);
}
function add(e, children) {
  children.forEach(function (c) {
    if (Array.isArray(c)) { add(e, c); }
    else if (c !== null && c !== undefined && c !== false) { e.append(c.nodeType ? c : String(c)); }
  });
}
function clear(e) { while (e.firstChild) { e.firstChild.remove(); } return e; }

function button(label, onclick, props) {
  return el('button', Object.assign({ type: 'button', class: 'btn', onclick: onclick }, props || {}), label);
}
function chip(level) { return el('span', { class: 'chip lv' + level }, levelName(level)); }
function bar(value, most, cls) {
  var fillBar = el('i', { class: cls || '' });
  fillBar.style.width = (most > 0 ? Math.max(value > 0 ? 1.5 : 0, value / most * 100) : 0) + '%';
  return el('span', { class: 'bar', 'aria-hidden': 'true' }, fillBar);
}
function select(label, options, value, onchange, props) {
  return el('select', Object.assign({ 'aria-label': label, title: label, onchange: function (e) { onchange(e.target.value); } }, props || {}),
    options.map(function (o) { return el('option', { value: o[0], selected: String(o[0]) === String(value) }, o[1]); }));
}

/* A table whose headers sort it. columns: [{key, label, num, get, cell}]; rows: any objects. */
function table(columns, rows, options) {
  options = options || {};
  var sort = options.sort || null, dir = options.dir || -1, most = options.most || 12, all = false;
  var box = el('div', { class: 'tablebox' });
  function draw() {
    clear(box);
    var list = rows.slice(), col = columns.filter(function (c) { return c.key === sort; })[0];
    if (col) {
      list.sort(function (a, b) {
        var x = col.get(a), y = col.get(b);
        return (x < y ? -1 : x > y ? 1 : 0) * dir;
      });
    }
    var shown = all ? list : list.slice(0, most);
    var head = el('tr', {}, columns.map(function (c) {
      var th = el('th', { scope: 'col', class: c.num ? 'num' : '', 'aria-sort': c.key === sort ? (dir < 0 ? 'descending' : 'ascending') : null });
      if (!c.get) { th.append(c.label); return th; }
      th.append(el('button', {
        type: 'button', class: 'sort', onclick: function () {
          if (sort === c.key) { dir = -dir; } else { sort = c.key; dir = c.num ? -1 : 1; }
          draw();
          var again = box.querySelectorAll('th')[columns.indexOf(c)];
          again.firstChild.focus();
        }
      }, c.label, c.key === sort ? (dir < 0 ? ' ↓' : ' ↑') : ''));
      return th;
    }));
    var body = el('tbody', {}, shown.map(function (r) {
      return el('tr', {}, columns.map(function (c) { return el('td', { class: c.num ? 'num' : (c.cls || '') }, c.cell(r)); }));
    }));
    box.append(el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, head), body)));
    if (rows.length > most) {
      box.append(button(all ? t('ShowFewer') : t('ShowAll', num(rows.length)), function () { all = !all; draw(); }, { class: 'btn link' }));
    }
  }
  draw();
  return box;
}

/* Paths. */
var folderPaths = [];
function folderPath(f) {
  if (folderPaths[f] !== undefined) { return folderPaths[f]; }
  var p = f === 0 ? '' : F.parent[f] === 0 ? F.name[f] : folderPath(F.parent[f]) + '/' + F.name[f];
  folderPaths[f] = p;
  return p;
}
function path(i) { var f = folderPath(R.folder[i]); return f ? f + '/' + R.name[i] : R.name[i]; }
var totals = null;
function counts(i) {
  if (!totals) {
    totals = { found: new Float64Array(N), distinct: new Float64Array(N), exact: new Uint8Array(N) };
    for (var n = 0; n < N; n += 1) {
      var c = R.rules[n];
      totals.exact[n] = 1;
      for (var k = 0; k < c.length; k += 5) {
        totals.found[n] += c[k + 1]; totals.distinct[n] += c[k + 2];
        if (!c[k + 3]) { totals.exact[n] = 0; }
      }
    }
  }
  return totals;
}

function save(name, text, type) {
  var url = URL.createObjectURL(new Blob([text], { type: type }));
  var a = el('a', { href: url, download: name });
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(function () { URL.revokeObjectURL(url); }, 10000);
}
/* A cell of CSV that no spreadsheet takes for a formula. */
function csvCell(v) {
  var s = String(v);
  if (/^\s*[=+\-@＝＋－＠]|^[\t\r]/.test(s)) { s = "'" + s; }
  return /[",\n\r ']/.test(s) ? '"' + s.replace(/"/g, '""') + '"' : s;
}
function say(text) {
  var live = document.getElementById('live');
  if (live) { live.textContent = text; }
}

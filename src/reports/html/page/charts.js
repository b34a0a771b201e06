
/* The map of the share: areas by exposure, level by colour, a folder deeper with each step. */

var mapAt = 0, mapBy = 'score';

function squarify(items, x, y, w, h) {
  /* Bruls, Huizing, van Wijk, "Squarified Treemaps", 2000. */
  var out = [], rest = items.slice(), sum = rest.reduce(function (s, i) { return s + i.v; }, 0);
  if (!(sum > 0)) { return out; }
  var scale = w * h / sum;
  while (rest.length && w > 0 && h > 0) {
    var side = Math.min(w, h), row = [], area = 0, worst = Infinity;
    while (rest.length) {
      var next = rest[0].v * scale, total = area + next;
      var most = Math.max(row.length ? row[0].v * scale : next, next), least = next;
      var ratio = Math.max(side * side * most / (total * total), total * total / (side * side * least));
      if (row.length && ratio > worst) { break; }
      row.push(rest.shift()); area = total; worst = ratio;
    }
    var thick = area / side, at = 0;
    row.forEach(function (item) {
      var len = item.v * scale / thick;
      out.push(w >= h ? { item: item, x: x, y: y + at, w: thick, h: len } : { item: item, x: x + at, y: y, w: len, h: thick });
      at += len;
    });
    if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
  }
  return out;
}

var folderKids = null, folderRows = null;
function treeOf() {
  if (folderKids) { return; }
  folderKids = []; folderRows = [];
  for (var f = 0; f < F.name.length; f += 1) { folderKids.push([]); folderRows.push([]); }
  for (f = 1; f < F.name.length; f += 1) { folderKids[F.parent[f]].push(f); }
  for (var i = 0; i < N; i += 1) { folderRows[R.folder[i]].push(i); }
}

function mapItems(folder, most) {
  treeOf();
  var c = counts();
  var of = mapBy === 'score' ? R.score : mapBy === 'found' ? c.found : R.bytes;
  var ofFolder = mapBy === 'score' ? F.score : mapBy === 'found' ? F.found : F.bytes;
  var items = folderKids[folder].map(function (f) {
    return { folder: f, name: F.name[f] + '/', v: ofFolder[f], level: F.level[f], score: F.score[f], found: F.found[f], files: F.files[f], bytes: F.bytes[f], bad: F.bad[f] };
  });
  folderRows[folder].forEach(function (i) {
    items.push({ row: i, name: R.name[i], v: of[i], level: R.level[i], score: R.score[i], found: c.found[i], files: 1, bytes: R.bytes[i], bad: R.covered[i] === 1 || R.covered[i] === 2 ? 1 : 0 });
  });
  items = items.filter(function (i) { return i.v > 0; });
  items.sort(function (a, b) { return b.v - a.v; });
  if (items.length > most) {
    var rest = items.splice(most - 1), sum = { name: t('OtherItems', num(rest.length)), v: 0, level: 0, score: 0, found: 0, files: 0, bytes: 0, bad: 0, rest: true };
    rest.forEach(function (r) {
      sum.v += r.v; sum.score += r.score; sum.found += r.found; sum.files += r.files; sum.bytes += r.bytes; sum.bad += r.bad;
      sum.level = Math.max(sum.level, r.level);
    });
    items.push(sum);
    items.sort(function (a, b) { return b.v - a.v; });
  }
  return items;
}

function mapTop() {
  /* Folders with one thing in them say nothing: begin where the share parts. */
  treeOf();
  var f = 0;
  while (folderRows[f].length === 0 && folderKids[f].length === 1) { f = folderKids[f][0]; }
  return f;
}

function drawMap(box) {
  clear(box);
  var crumbs = el('nav', { class: 'crumbs', 'aria-label': t('Map') }), way = [], f = mapAt, top = mapTop();
  while (true) { way.unshift(f); if (f === top || f === 0) { break; } f = F.parent[f]; }
  way.forEach(function (w, n) {
    if (n) { crumbs.append(el('span', { 'aria-hidden': 'true' }, '›')); }
    var label = w === top ? (folderPath(top) || t('WholeShare')) : F.name[w];
    crumbs.append(n === way.length - 1 ? el('b', {}, label) : button(label, function () { mapAt = w; drawMap(box); }, { class: 'btn link' }));
  });
  if (mapAt !== top || F.files[mapAt] !== N) {
    crumbs.append(button(t('ShowTheseFiles', num(F.files[mapAt])), function () { setFilter('folder', mapAt); goTo('files'); }, { class: 'btn small' }));
  }
  var choose = el('div', { class: 'seg', role: 'group', 'aria-label': t('AreaBy') },
    [['score', t('Exposure')], ['found', t('Findings')], ['bytes', t('Size')]].map(function (o) {
      return el('button', { type: 'button', 'aria-pressed': String(mapBy === o[0]), onclick: function () { mapBy = o[0]; drawMap(box); } }, o[1]);
    }));
  var legend = el('div', { class: 'legend' }, [4, 3, 2, 1].map(function (l) { return el('span', {}, el('i', { class: 'sw lv' + l }), levelName(l)); }),
    el('span', {}, el('i', { class: 'sw lvx' }), t('NothingFound')));
  var area = el('div', { class: 'map' });
  box.append(el('div', { class: 'bar-row' }, crumbs, choose), area, legend);
  if (!mapItems(mapAt, 2).length) { area.classList.add('empty'); area.append(el('p', { class: 'muted' }, t('NothingToMap'))); return; }
  drawArea(box, area, mapAt, 0, 0, area.clientWidth || 900, area.clientHeight || 440, 0);
}

/* In parts of the whole, so that a narrower window or a sheet of paper shows all of it. */
function setBox(area, tile, x, y, w, h) {
  var wide = (area.clientWidth || 900) / 100, high = (area.clientHeight || 440) / 100;
  tile.style.left = x / wide + '%'; tile.style.top = y / high + '%';
  tile.style.width = w / wide + '%'; tile.style.height = h / high + '%';
}

/* One folder's tiles; a folder that has room shows what is in it, two steps down. */
function drawArea(box, area, folder, x, y, w, h, depth) {
  squarify(mapItems(folder, Math.max(4, Math.min(120, Math.round(w * h / 2600)))), x, y, w, h).forEach(function (r) {
    var i = r.item, inside = i.folder !== undefined && depth < 3 && r.w > 110 && r.h > 74;
    var what = [i.name.replace(/\/$/, ''), t('Exposure') + ' ' + num(i.score), t('Findings') + ' ' + num(i.found), t('Files') + ' ' + num(i.files), size(i.bytes)];
    if (i.found) { what.push(levelName(i.level)); }
    if (i.bad) { what.push(t('NotWhollyRead') + ' ' + num(i.bad)); }
    var value = mapBy === 'bytes' ? size(i.bytes) : num(i.v);
    var tile = el('button', {
      type: 'button', class: 'tile ' + (inside ? 'frame' : i.found ? 'lv' + i.level : 'lvx') + (i.rest ? ' rest' : '') + (r.w < 40 || r.h < 20 ? ' tiny' : ''), title: what.join('\n'),
      'aria-label': what.join(', '), disabled: !!i.rest,
      onclick: function () {
        if (i.row !== undefined) { openFile(i.row); return; }
        mapAt = i.folder;
        drawMap(box);
        var first = box.querySelector('.map button');
        if (first) { first.focus(); }
      }
    });
    setBox(area, tile, r.x, r.y, Math.max(0, r.w - 2), Math.max(0, inside ? 22 : r.h - 2));
    if (inside) { tile.append(el('b', {}, i.name), el('small', {}, value)); }
    else if (r.w > 46 && r.h > 20) {
      tile.append(el('b', {}, i.name));
      if (r.h > 40) { tile.append(el('small', {}, value)); }
    }
    if (i.bad && !inside && r.w > 14 && r.h > 14) { tile.classList.add('bad'); }
    if (inside) {
      var frame = el('div', { class: 'plot' });
      setBox(area, frame, r.x, r.y, r.w - 2, r.h - 2);
      area.append(frame, tile);
      drawArea(box, area, i.folder, r.x + 4, r.y + 23, r.w - 8, r.h - 28, depth + 1);
    } else { area.append(tile); }
  });
}

function stack(parts, all) {
  /* One bar of several parts: [value, class, label]. */
  var box = el('div', { class: 'stack', role: 'img', 'aria-label': parts.map(function (p) { return p[2] + ' ' + num(p[0]); }).join(', ') });
  parts.forEach(function (p) {
    if (!p[0]) { return; }
    var i = el('i', { class: p[1], title: p[2] + ': ' + num(p[0]) + ' (' + percent(p[0], all) + ')' });
    i.style.flexGrow = String(Math.max(p[0], all / 250));
    box.append(i);
  });
  return box;
}

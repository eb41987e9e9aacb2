/** What makes a flame graph readable in a browser: its style, and the script that goes with the image. */

export const flameGraphStyle = `
svg { font: 12px ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; background: #fffdf8; }
.page { fill: #fffdf8; }
.title { font-size: 17px; font-weight: 600; fill: #2b2620; }
.note { fill: #6b6256; }
.button { fill: #9a4a12; cursor: pointer; }
.button:hover { text-decoration: underline; }
.frame { cursor: pointer; }
.frame text { font: 11px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #2b2620; pointer-events: none; }
.frame:hover rect { stroke: #2b2620; stroke-width: 1; }
.frame.above { opacity: 0.55; }
.frame.found rect { fill: #b06be0; }
`;

/**
 * Runs inside of the image. Zooming gives each frame a new place from its start and its value; a frame above the one that
 * is zoomed into takes the whole width, all others disappear.
 */
export const flameGraphScript = `
(() => {
  const group = document.getElementById('frames');
  const whole = Number(group.dataset.whole);
  const width = Number(group.dataset.width);
  const margin = Number(group.dataset.margin);
  const letter = Number(group.dataset.letter);
  const frames = [...group.children].map((element) => ({
    element,
    rect: element.querySelector('rect'),
    text: element.querySelector('text'),
    title: element.querySelector('title').textContent,
    name: element.dataset.name,
    start: Number(element.dataset.start),
    value: Number(element.dataset.value),
    depth: Number(element.dataset.depth),
  }));
  const details = document.getElementById('details');
  const reset = document.getElementById('reset');
  const search = document.getElementById('search');

  const zoom = (target) => {
    const scale = width / target.value;
    const end = target.start + target.value;
    for (const frame of frames) {
      const isAbove = frame.depth < target.depth && frame.start <= target.start && frame.start + frame.value >= end;
      const isInside = frame.depth >= target.depth && frame.start >= target.start && frame.start + frame.value <= end;
      frame.element.style.display = isAbove || isInside ? '' : 'none';
      frame.element.classList.toggle('above', isAbove);
      if (!isAbove && !isInside) continue;
      const x = margin + (isAbove ? 0 : (frame.start - target.start) * scale);
      const size = isAbove ? width : frame.value * scale;
      frame.rect.setAttribute('x', x);
      frame.rect.setAttribute('width', size);
      frame.text.setAttribute('x', x + 4);
      const letters = Math.floor((size - 6) / letter);
      frame.text.textContent =
        letters < 2 ? '' : frame.name.length <= letters ? frame.name : frame.name.slice(0, letters - 1) + '…';
    }
    reset.setAttribute('visibility', target === frames[0] ? 'hidden' : 'visible');
  };

  const find = (pattern) => {
    let found = 0;
    let end = -1;
    for (const frame of frames) {
      const isFound = pattern !== '' && frame.name.toLowerCase().includes(pattern.toLowerCase());
      frame.element.classList.toggle('found', isFound);
    }
    // What a frame found inside of another one took is part of that one.
    for (const frame of frames.filter(({ element }) => element.classList.contains('found')).sort((a, b) => a.start - b.start || a.depth - b.depth)) {
      if (frame.start < end) continue;
      found += frame.value;
      end = frame.start + frame.value;
    }
    search.textContent =
      pattern === '' ? 'find (Ctrl-F)' : 'found "' + pattern + '": ' + ((100 * found) / whole).toFixed(1) + ' %';
  };

  group.addEventListener('click', ({ target }) => {
    const element = target.closest('.frame');
    if (element) zoom(frames.find((frame) => frame.element === element));
  });
  group.addEventListener('mouseover', ({ target }) => {
    const element = target.closest('.frame');
    details.textContent = element ? frames.find((frame) => frame.element === element).title : ' ';
  });
  group.addEventListener('mouseout', () => {
    details.textContent = ' ';
  });
  reset.addEventListener('click', () => zoom(frames[0]));
  const ask = () => find(prompt('Functions whose name has:', '') ?? '');
  search.addEventListener('click', ask);
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') zoom(frames[0]);
    if (event.key === 'f' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      ask();
    }
  });
})();
`;

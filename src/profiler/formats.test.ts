import { describe, expect, it } from 'vitest';
import { Engine } from '../engine/index.js';
import { assemble } from '../text/index.js';
import { flameGraph } from './flameGraph.js';
import { lcov } from './lcov.js';
import type { Profile } from './profile.js';
import { Profiler } from './profiler.js';
import { speedscope } from './speedscope.js';

const SOURCE = `%isa = latest64
%import = tell
pub @main:
s0 = ra
ra = @back
jump @work
@back:
ecalli tell
jump @unused if a0 == 9
jump [s0]
@unused:
trap
@work:
a0 = a0 + 1
ret
pub @idle:
ret`;

function profileOf(source: string): Profile {
  const blob = assemble(source, { debugPath: 'src/work & play.pvmasm' });
  const profiler = new Profiler(new Engine({ backend: 'interpreter', costModel: 'naive' }).compile(blob));
  const instance = profiler.instantiate();
  instance.gas = 1000n;
  instance.prepareCall('main');
  while (instance.run().kind === 'ecalli') instance.gas -= 10n;
  return profiler.profile();
}

const profile = profileOf(SOURCE);

describe('the speedscope file of a profile', () => {
  const { profiles, shared } = speedscope(profile, 'work');

  it('has a profile of gas and one of instructions, as long as what was taken', () => {
    expect(profiles.map(({ name, endValue }) => [name, endValue])).toEqual([
      ['gas', 18],
      ['instructions', 8],
    ]);
  });

  it('closes each frame that it opens, the inner ones first', () => {
    for (const { events } of profiles) {
      const open: number[] = [];
      let last = 0;
      for (const { type, frame, at } of events) {
        expect(at).toBeGreaterThanOrEqual(last);
        last = at;
        if (type === 'O') open.push(frame);
        else expect(open.pop()).toBe(frame);
      }
      expect(open).toEqual([]);
    }
  });

  it('names functions with their files and lines, and syscalls', () => {
    expect(shared.frames).toEqual(
      expect.arrayContaining([
        { name: 'main', file: 'src/work & play.pvmasm', line: 4 },
        { name: 'work', file: 'src/work & play.pvmasm', line: 14 },
        { name: 'ecalli tell' },
      ]),
    );
  });
});

describe('the lcov file of a profile', () => {
  it('has the functions and lines of each file', () => {
    expect(lcov(profile)).toBe(`TN:
SF:src/work & play.pvmasm
FN:4,main
FN:14,work
FN:17,idle
FNDA:1,main
FNDA:1,work
FNDA:0,idle
FNF:3
FNH:2
DA:4,1
DA:5,1
DA:6,1
DA:8,1
DA:9,1
DA:10,1
DA:12,0
DA:14,1
DA:15,1
DA:17,0
LF:10
LH:8
end_of_record
`);
  });

  it('is empty without debug information', () => {
    expect(lcov({ ...profile, lines: [] })).toBe('');
  });
});

describe('the flame graph of a profile', () => {
  const svg = flameGraph(profile, { title: 'work <main>' });

  it('draws a frame for each node, below its caller', () => {
    const frames = [
      ...svg.matchAll(
        /<g class="frame (\w+)" data-start="(\d+)" data-value="(\d+)" data-depth="(\d)" data-name="([^"]*)"/g,
      ),
    ];
    expect(frames.map(([, kind, start, value, depth, name]) => `${depth} ${kind} ${name} ${start}+${value}`)).toEqual([
      '0 root all 0+18',
      '1 function main 0+18',
      '2 syscall ecalli tell 0+10',
      '2 function work 10+2',
    ]);
  });

  it('says what a frame is, and where', () => {
    expect(svg).toContain('<title>work: 2 gas (11.1 %), 1 call, src/work &amp; play.pvmasm:14</title>');
  });

  it('needs nothing from elsewhere', () => {
    expect(svg.match(/(?:href|src|url)\s*[=(]/g)).toBeNull();
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });

  it('takes names that a program made up for what they are', () => {
    const hostile = profileOf(SOURCE.replaceAll('@work', `@'</title><script>alert("1")]]></script>\\u0001&'`));
    const drawn = flameGraph(hostile, { title: '</svg>' });
    expect(drawn).not.toContain('<script>alert');
    expect(drawn.match(/<\/svg>/g)).toHaveLength(1);
    expect(drawn).toContain('&lt;script&gt;alert(&quot;1&quot;)');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested
    expect(drawn).not.toMatch(/[\u0000-\u0008]/);
  });

  it('shows instructions when no gas was taken, or when it is asked to', () => {
    expect(flameGraph(profile, { unit: 'instructions' })).toContain('Width: instructions.');
    expect(flameGraph({ ...profile, total: { gas: 0, instructions: 8 } })).toContain('Width: instructions.');
    expect(svg).toContain('Width: gas.');
  });
});

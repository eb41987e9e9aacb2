/** Where a line's content is: between blanks, and before a comment. */

const NO_BREAK_SPACE = 0xa0;

/** Whether a line has a blank, or a control character, at an index. */
export function isBlank(line: string, index: number): boolean {
  const code = line.charCodeAt(index);
  return code <= 0x20 || code === NO_BREAK_SPACE;
}

/** Where a line's content ends: before a comment and the blanks in front of it. */
export function contentEnd(line: string): number {
  let end = line.includes('//') ? commentStart(line) : line.length;
  while (end > 0 && isBlank(line, end - 1)) end--;
  return end;
}

/** Where the comment of a line starts: at a `//` that follows a blank and is not inside quotes; or the line's length. */
function commentStart(line: string): number {
  const quoted = /'(?:[^'\\]|\\.)*'/y;
  let mayQuote = true;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "'" && mayQuote) {
      quoted.lastIndex = i;
      // A quote that is not closed is an ordinary character, and so are those behind it.
      if (quoted.test(line)) i = quoted.lastIndex - 1;
      else mayQuote = false;
    } else if (line[i] === '/' && line[i + 1] === '/' && (i === 0 || isBlank(line, i - 1))) {
      return i;
    }
  }
  return line.length;
}

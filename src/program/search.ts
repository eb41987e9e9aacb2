/**
 * Searches an ascending list by halves: how many of its elements come first, as `comesFirst` says of an index. It must say
 * so of the elements up to some index, and of none behind.
 */
export function countFirst(length: number, comesFirst: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comesFirst(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

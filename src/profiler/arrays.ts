/** Moves what an array holds to a longer one of its kind. */
export function movedTo<T extends Int32Array | Uint8Array | Float64Array>(longer: T, array: T): T {
  longer.set(array);
  return longer;
}

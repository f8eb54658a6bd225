/** Order statistics over small typed arrays, without allocation: they run several times for every series and day. */

const scratch = new Float64Array(512);

/** Median of `values[from .. to)`; NaN values are left out; NaN when none is left. */
export function medianOf(values: Float64Array, from: number, to: number): number {
  let count = 0;
  for (let index = from; index < to; index += 1) {
    const value = values[index] as number;
    if (!Number.isNaN(value)) {
      scratch[count] = value;
      count += 1;
    }
  }
  return medianOfScratch(count);
}

/** Median of the first `count` values of an array, whose order changes. */
export function medianInPlace(values: Float64Array, count: number): number {
  if (count === 0) return Number.NaN;
  const middle = count >> 1;
  const upper = select(values, count, middle);
  if (count % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < middle; index += 1) lower = Math.max(lower, values[index] as number);
  return (lower + upper) / 2;
}

/** The value below which `share` of the first `count` values lie; their order changes. */
export function quantileInPlace(values: Float64Array, count: number, share: number): number {
  return count === 0 ? Number.NaN : select(values, count, Math.floor((count - 1) * share));
}

function medianOfScratch(count: number): number {
  return medianInPlace(scratch, count);
}

/** The value of rank `rank` (0 = smallest); afterwards no value before it is larger. Insertion sort where that is faster. */
function select(values: Float64Array, count: number, rank: number): number {
  let low = 0;
  let high = count - 1;
  while (high - low > 12) {
    const pivot = middleOfThree(values[low] as number, values[(low + high) >> 1] as number, values[high] as number);
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left += 1;
      while ((values[right] as number) > pivot) right -= 1;
      if (left <= right) {
        const kept = values[left] as number;
        values[left] = values[right] as number;
        values[right] = kept;
        left += 1;
        right -= 1;
      }
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else return values[rank] as number;
  }
  for (let index = low + 1; index <= high; index += 1) {
    const value = values[index] as number;
    let at = index - 1;
    while (at >= low && (values[at] as number) > value) {
      values[at + 1] = values[at] as number;
      at -= 1;
    }
    values[at + 1] = value;
  }
  return values[rank] as number;
}

function middleOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** A line of one of two texts; `both` stands in each of them. */
export interface LineChange {
  kind: 'both' | 'theirs' | 'mine';
  text: string;
}

/** Beyond this, the middle of two texts is shown as replaced instead of being compared line by line. */
const CELLS_AT_MOST = 4_000_000;

/** What one text has that the other has not, in the order of the lines. */
export function lineChanges(theirs: string, mine: string): LineChange[] {
  const [one, other] = [theirs.trimEnd().split('\n'), mine.trimEnd().split('\n')];
  let begin = 0;
  while (begin < one.length && begin < other.length && one[begin] === other[begin]) begin += 1;
  let end = 0;
  while (end < one.length - begin && end < other.length - begin && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const both = (lines: readonly string[]): LineChange[] => lines.map((text) => ({ kind: 'both', text }));
  const middle = changesBetween(one.slice(begin, one.length - end), other.slice(begin, other.length - end));
  return [...both(one.slice(0, begin)), ...middle, ...both(one.slice(one.length - end))];
}

/** The longest common lines stay; what is left is in one of the texts only. */
function changesBetween(one: readonly string[], other: readonly string[]): LineChange[] {
  const width = other.length + 1;
  if (one.length * other.length > CELLS_AT_MOST) {
    return [...one.map((text): LineChange => ({ kind: 'theirs', text })), ...other.map((text): LineChange => ({ kind: 'mine', text }))];
  }
  const common = new Uint32Array((one.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = one.length - 1; row >= 0; row -= 1) {
    for (let column = other.length - 1; column >= 0; column -= 1) {
      const isSame = one[row] === other[column];
      common[row * width + column] = isSame ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const changes: LineChange[] = [];
  let [row, column] = [0, 0];
  while (row < one.length || column < other.length) {
    const [first, second] = [one[row], other[column]];
    if (first !== undefined && first === second) {
      changes.push({ kind: 'both', text: first });
      row += 1;
      column += 1;
    } else if (first !== undefined && (second === undefined || at(row + 1, column) >= at(row, column + 1))) {
      changes.push({ kind: 'theirs', text: first });
      row += 1;
    } else if (second !== undefined) {
      changes.push({ kind: 'mine', text: second });
      column += 1;
    }
  }
  return changes;
}

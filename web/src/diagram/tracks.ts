import { gaps } from './geometry';

/** Where in its corridor a line would like to run. */
export type Bias = 'near' | 'middle' | 'far';

/** A stretch of a link inside a corridor; `at` is where it runs, once the corridor is arranged. */
export interface Line {
  /** Lines of one group may lie on top of each other: they share an end. */
  group: string;
  bias: Bias;
  low: number;
  high: number;
  at: number;
}

/** The free space between two ranks or two rows. */
export class Corridor {
  readonly lines: Line[] = [];
  readonly from: number;
  readonly to: number;

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }

  add(line: Omit<Line, 'at'>): Line {
    const added = { ...line, at: (this.from + this.to) / 2 };
    this.lines.push(added);
    return added;
  }

  /** Gives lines of different groups that would touch tracks of their own. */
  arrange(): void {
    for (const bias of ['near', 'far', 'middle'] as const) {
      const tracks: Line[][] = [];
      const places = new Map<Line, number>();
      const lines = this.lines.filter((line) => line.bias === bias).sort((one, other) => one.low - other.low);
      for (const line of lines) {
        let index = tracks.findIndex((track) => track.every((other) => !touches(line, other)));
        if (index < 0) index = tracks.push([]) - 1;
        tracks[index]?.push(line);
        places.set(line, index);
      }
      for (const [line, index] of places) line.at = this.#placeOf(bias, index, tracks.length);
    }
  }

  #placeOf(bias: Bias, index: number, count: number): number {
    const size = this.to - this.from;
    const step = Math.min(gaps.track, (size - 16) / Math.max(1, count));
    const edge = Math.min(16, size / 3);
    switch (bias) {
      case 'near':
        return this.from + edge + index * step;
      case 'far':
        return this.to - edge - 4 - index * step;
      default:
        return (this.from + this.to) / 2 + (index - (count - 1) / 2) * step;
    }
  }
}

function touches(one: Line, other: Line): boolean {
  if (one.group === other.group) return false;
  return one.low < other.high + gaps.track && other.low < one.high + gaps.track;
}

/** An application and an environment on a form; `id` only tells the lines apart. */
export interface ReleasePlace {
  id: number;
  application: string;
  environment: string;
}

type Pair = Omit<ReleasePlace, 'id'>;

let lastId = 0;

export function nextPlaceId(): number {
  lastId += 1;
  return lastId;
}

/** The lines of a form for these pairs. */
export function placesOf(pairs: readonly Readonly<Pair>[]): ReleasePlace[] {
  return pairs.map(({ application, environment }) => ({ id: nextPlaceId(), application, environment }));
}

/** What the lines of a form say. */
export function pairsOf(places: readonly ReleasePlace[]): Pair[] {
  return places.map(({ application, environment }) => ({
    application: application.trim(),
    environment: environment.trim(),
  }));
}

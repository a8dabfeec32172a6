/** The path of a cell: `items[2].price`. */
export function cellPath(table: string, row: number, column: string): string {
  return `${table}[${row}].${column}`;
}

/** The path of a value as the server's problems name it: `form.items[2].price` is `items[2].price` here. */
export function pathOfServerField(field: string): string | null {
  return field.startsWith('form.') ? field.slice('form.'.length) : null;
}

/** The field that a path is in: `items` for `items[2].price`. */
export function fieldOfPath(path: string): string {
  return /^[^[.]+/.exec(path)?.[0] ?? path;
}

const cell = /^([^[.]+)\[(\d+)\](.*)$/;

/**
 * Paths after rows of a table have moved: `moved` says where a row is now, null when it is gone.
 * What was said about a cell goes with its row.
 */
export function movedPaths(
  paths: Iterable<string>,
  table: string,
  moved: (row: number) => number | null,
): string[] {
  const result: string[] = [];
  for (const path of paths) {
    const [, name, row, rest] = cell.exec(path) ?? [];
    if (name !== table) {
      result.push(path);
      continue;
    }
    const now = moved(Number(row));
    if (now !== null) result.push(`${table}[${now}]${rest}`);
  }
  return result;
}

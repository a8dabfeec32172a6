/** The people at each node. */
export function grouped(people: readonly { person: number; node: string | null }[]): Map<string, number[]> {
  const byNode = new Map<string, number[]>();
  for (const { person, node } of people) {
    if (node !== null) byNode.set(node, [...(byNode.get(node) ?? []), person]);
  }
  return byNode;
}

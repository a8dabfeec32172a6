/** The parts of a list with commas, without the empty ones and each once. */
export function listOf(text: string): string[] {
  const parts = text.split(/[,，、]/).map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

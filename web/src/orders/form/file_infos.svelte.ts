import { SvelteMap } from 'svelte/reactivity';
import type { File as StoredFile } from '../../api/types';

export interface FileInfo {
  id: string;
  name: string;
  size: number;
}

/** Names and sizes of files that forms name by their ids only. */
class FileInfos {
  readonly #byId = new SvelteMap<string, FileInfo>();
  readonly #asked = new Set<string>();

  /** Undefined until it is known, which this starts. Reactive. */
  get(id: string): FileInfo | undefined {
    const info = this.#byId.get(id);
    if (info === undefined && !this.#asked.has(id)) {
      this.#asked.add(id);
      void this.#ask(id);
    }
    return info;
  }

  put({ id, name, size }: StoredFile): void {
    this.#byId.set(id, { id, name, size });
  }

  async #ask(id: string): Promise<void> {
    try {
      const response = await fetch(`/api/files/${encodeURIComponent(id)}`, { method: 'HEAD' });
      if (!response.ok) return;
      const name = nameIn(response.headers.get('Content-Disposition')) ?? id;
      this.#byId.set(id, { id, name, size: Number(response.headers.get('Content-Length') ?? 0) });
    } catch {
      // The link works without its name, and a later look may ask again.
      this.#asked.delete(id);
    }
  }
}

/** The name in `attachment; filename*=UTF-8''a%20b.pdf`, the one form that the server writes. */
export function nameIn(disposition: string | null): string | null {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

export const fileInfos = new FileInfos();

import { api, asProblem, ApiProblem } from '../../api/client';
import type { File as StoredFile } from '../../api/types';
import { formatBytes } from '../../i18n/format';
import { toasts } from '../../ui/toasts.svelte';
import { t } from '../messages';

export const FILES_AT_MOST = 10;

/** A file that was chosen, from there until the message with it is sent. */
export class Upload {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  /** For images: something to show before the server has it. */
  readonly preview: string | null;
  fraction = $state(0);
  stored = $state.raw<StoredFile | null>(null);
  readonly #stop = new AbortController();

  constructor(id: number, file: File) {
    this.id = id;
    this.name = file.name || `image.${file.type.split('/')[1] ?? 'png'}`;
    this.size = file.size;
    this.preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
  }

  async send(room: number, file: File): Promise<void> {
    const path = `/api/rooms/${room}/files?name=${encodeURIComponent(this.name)}`;
    const onProgress = (fraction: number): void => {
      this.fraction = fraction;
    };
    this.stored = await api.upload<StoredFile>(path, file, onProgress, { signal: this.#stop.signal });
  }

  drop(): void {
    this.#stop.abort();
    if (this.preview) URL.revokeObjectURL(this.preview);
  }
}

/** The files of the message that is being written. */
export class Uploads {
  list = $state.raw<readonly Upload[]>([]);
  readonly #room: number;
  readonly #maxBytes: number;
  #nextId = 1;

  constructor(room: number, maxBytes: number) {
    this.#room = room;
    this.#maxBytes = maxBytes;
  }

  get isBusy(): boolean {
    return this.list.some((upload) => upload.stored === null);
  }

  get stored(): StoredFile[] {
    return this.list.flatMap((upload) => upload.stored ?? []);
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      const refusal = this.#refusalOf(file);
      if (refusal) complain(refusal);
      else void this.#upload(file);
    }
  }

  remove(upload: Upload): void {
    upload.drop();
    this.list = this.list.filter((other) => other !== upload);
  }

  clear(): void {
    for (const upload of this.list) upload.drop();
    this.list = [];
  }

  #refusalOf({ name, size }: File): string | null {
    if (this.list.length >= FILES_AT_MOST) return t('tooManyFiles', { count: FILES_AT_MOST });
    if (size > this.#maxBytes) return t('fileTooLarge', { name, limit: formatBytes(this.#maxBytes) });
    if (size === 0) return t('fileEmpty', { name });
    return null;
  }

  async #upload(file: File): Promise<void> {
    const upload = new Upload(this.#nextId++, file);
    this.list = [...this.list, upload];
    try {
      await upload.send(this.#room, file);
    } catch (cause) {
      const wasRemoved = !this.list.includes(upload);
      this.remove(upload);
      if (!wasRemoved) complain(t('uploadFailed', { name: upload.name, reason: asProblem(cause).message }));
    }
  }
}

function complain(title: string): void {
  toasts.problem(new ApiProblem({ type: '/problems/file_not_taken', title, status: 0 }));
}

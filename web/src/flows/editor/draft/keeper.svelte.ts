import { ApiProblem, api, withQuery } from '../../../api/client';
import type { components } from '../../../api/schema';
import { Autosave, type SaveState } from '../../../orders/start/autosave.svelte';
import type { FlowModel } from '../model.svelte';
import { t } from '../page/messages';
import { readYaml } from '../text/document';

export type FlowDraft = components['schemas']['FlowDraft'];

/** Somebody else saved after I had read: what is there now. Without a text it was published or thrown away. */
export interface Conflict {
  yaml: string | null;
  revision: number | null;
  by: number | null;
  at: number | null;
}

interface KeeperOptions {
  flow: string;
  model: FlowModel;
  /** The draft that was loaded; null when there was none, and the flow is as it was published. */
  draft: FlowDraft | null;
  /** Called when changes of somebody else were taken over by themselves. */
  ontaken: (by: number) => void;
  restMs?: number;
}

/**
 * The draft on the server: saves what changes, each save on top of the revision that it is based on. Nobody is
 * overwritten in silence: when somebody else was faster, saving stops until a person has chosen.
 */
export class DraftKeeper {
  conflict = $state.raw<Conflict | null>(null);
  /** Who published or threw away the draft while nothing was changed here; null when nobody did. */
  endedBy = $state<number | null>(null);
  revision = $state<number | null>(null);
  readonly #flow: string;
  readonly #model: FlowModel;
  readonly #saving: Autosave<string>;
  readonly #ontaken: (by: number) => void;
  #isTaking = false;

  constructor({ flow, model, draft, ontaken, restMs = 900 }: KeeperOptions) {
    this.#flow = flow;
    this.#model = model;
    this.#ontaken = ontaken;
    this.revision = draft?.revision ?? null;
    this.#saving = new Autosave({ save: (yaml) => this.#save(yaml), savedAt: draft?.saved_at ?? 0, restMs });
  }

  get state(): SaveState | 'conflict' {
    return this.conflict === null ? this.#saving.state : 'conflict';
  }

  get savedAt(): number {
    return this.#saving.savedAt;
  }

  /** Why the last save failed, other than by a conflict. */
  get problem(): ApiProblem | null {
    return this.state === 'failed' ? this.#saving.problem : null;
  }

  /** Saves from now on what changes, until the answer of this is called. */
  start(): () => void {
    const end = this.#model.onchange(() => {
      if (!this.#isTaking && this.conflict === null) this.#saving.change(this.#model.yaml);
    });
    return () => {
      end();
      void this.#saving.flush();
    };
  }

  /** Saves now what waits. */
  flush(): Promise<void> {
    return this.#saving.flush();
  }

  /** Somebody else saved, published or threw away the draft. */
  async heard(revision: number | null, person: number): Promise<void> {
    if (revision !== null && revision === this.revision) return;
    // With changes of my own on their way, the server's answer to them says what is to be decided.
    if (this.#saving.isDirty || this.conflict !== null) return;
    if (revision === null) {
      this.endedBy = person;
      this.revision = null;
      return;
    }
    const draft = await this.#load();
    if (draft === null || this.#saving.isDirty || draft.revision === this.revision) return;
    if (this.#take(draft.yaml, draft.revision)) this.#ontaken(draft.saved_by);
  }

  /** Their text instead of mine; one step that can be undone. False when it can not be read. */
  takeTheirs(): boolean {
    const { conflict } = this;
    if (conflict?.yaml == null || !this.#take(conflict.yaml, conflict.revision)) return false;
    this.conflict = null;
    this.#saving.resume();
    return true;
  }

  /** Mine as the next revision, after theirs. */
  async keepMine(): Promise<void> {
    if (this.conflict === null) return;
    this.revision = this.conflict.revision;
    this.conflict = null;
    this.#saving.resume();
    this.#saving.change(this.#model.yaml);
    await this.#saving.flush();
  }

  /** Throws the draft away; what is published stays. */
  async discard(): Promise<void> {
    await this.#saving.stop();
    if (this.revision !== null) await api.delete(withQuery(this.#path, { base: this.revision }));
    this.revision = null;
  }

  /** The server ends the draft with the text that is published. */
  published(): void {
    this.revision = null;
  }

  get #path(): string {
    return `/api/flows/${encodeURIComponent(this.#flow)}/draft`;
  }

  async #save(yaml: string): Promise<{ saved_at: number }> {
    try {
      const { revision } = await api.put<{ revision: number }>(this.#path, { yaml, base: this.revision });
      this.revision = revision;
      this.endedBy = null;
      return { saved_at: Date.now() };
    } catch (cause) {
      if (cause instanceof ApiProblem && cause.slug === 'draft_changed') await this.#collide(cause);
      throw cause;
    }
  }

  async #collide({ problem }: ApiProblem): Promise<void> {
    const draft = problem.draft?.revision == null ? null : await this.#load();
    this.conflict = {
      yaml: draft?.yaml ?? null,
      revision: draft?.revision ?? null,
      by: draft?.saved_by ?? problem.draft?.by ?? null,
      at: draft?.saved_at ?? problem.draft?.at ?? null,
    };
    // Not waited for: this is part of the save that it would wait for.
    void this.#saving.stop();
  }

  async #load(): Promise<FlowDraft | null> {
    try {
      return await api.get<FlowDraft>(this.#path);
    } catch (cause) {
      if (cause instanceof ApiProblem && cause.status === 404) return null;
      throw cause;
    }
  }

  #take(yaml: string, revision: number | null): boolean {
    const { definition } = readYaml(yaml);
    if (definition === null) return false;
    this.#isTaking = true;
    this.#model.write(t('takenOver'), yaml, definition);
    this.#isTaking = false;
    this.revision = revision;
    return true;
  }
}

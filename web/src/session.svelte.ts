import { ApiProblem, api, onSignedOut } from './api/client';
import type { Language, Me, Person, Settings } from './api/types';
import { language } from './i18n/language.svelte';
import { people } from './people/people.svelte';
import { theme } from './theme.svelte';

export type SessionStatus = 'loading' | 'in' | 'out' | 'unreachable';

export interface MeChanges {
  name?: string;
  language?: Language;
  /** Null: there is nowhere to send mails to. */
  email?: string | null;
  settings?: Partial<Settings>;
}

/** Who is signed in here. Everything about one person is dropped when that changes. */
class SessionState {
  status = $state<SessionStatus>('loading');
  me = $state.raw<Me | null>(null);
  /** Why the sign-in page is shown, when it is not the person's own doing. */
  ended = $state(false);

  /** The signed-in person as last heard of, also when somebody else changed the profile. */
  get person(): Person | undefined {
    return this.me === null ? undefined : (people.get(this.me.person.id) ?? this.me.person);
  }

  get isAdministrator(): boolean {
    return this.person?.role === 'administrator';
  }

  get isGuest(): boolean {
    return this.person?.role === 'guest';
  }

  /** Asks the server who we are; keeps the current state when it can not be reached later on. */
  async refresh(): Promise<void> {
    try {
      this.enter(await api.get<Me>('/api/me'));
    } catch (cause) {
      if (cause instanceof ApiProblem && cause.status === 401) this.leave();
      else if (this.status === 'loading') this.status = 'unreachable';
    }
  }

  async signIn(username: string, password: string): Promise<void> {
    this.enter(await api.post<Me>('/api/session', { username, password }));
  }

  async signOut(): Promise<void> {
    try {
      await api.delete('/api/session');
    } catch (cause) {
      if (!(cause instanceof ApiProblem && cause.status === 401)) throw cause;
    }
    this.leave();
    this.ended = false;
  }

  async patchMe(changes: MeChanges): Promise<void> {
    const settings = changes.settings && { ...this.settings, ...changes.settings };
    this.enter(await api.patch<Me>('/api/me', { ...changes, settings }));
  }

  /** Takes over a newer state of the signed-in person. */
  putPerson(person: Person): void {
    people.put(person);
    if (this.me !== null) this.me = { ...this.me, person };
  }

  /** Takes over an answer of the server that says who is signed in. */
  enter(me: Me): void {
    this.me = me;
    people.put(me.person);
    if (me.person.language !== null) language.choose(me.person.language);
    theme.choose(me.settings.theme);
    this.ended = false;
    this.status = 'in';
  }

  /** The session is over, whoever ended it. */
  leave(): void {
    // Several requests may hear of it one after the other; the first one knows that somebody was in.
    if (this.status === 'in') this.ended = true;
    this.me = null;
    people.clear();
    this.status = 'out';
  }

  private get settings(): Settings {
    return this.me?.settings ?? { transport: 'auto', theme: 'system' };
  }
}

export const session = new SessionState();

onSignedOut(() => {
  if (session.status === 'in') session.leave();
});

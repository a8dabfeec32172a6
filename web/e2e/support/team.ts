import type { Person, RoomSummary } from '../../src/api/types';
import { Api } from './api';
import { ADMIN_PASSWORD, type Server } from './server';

/** Somebody with an account, and with a session to act in. */
export interface Member {
  id: number;
  username: string;
  name: string;
  password: string;
  api: Api;
}

/** The people of one server. Names are never used twice, so that tests can share a server. */
export class Team {
  readonly admin: Member;
  readonly #server: Server;
  #made = 0;

  private constructor(server: Server, admin: Member) {
    this.#server = server;
    this.admin = admin;
  }

  static async of(server: Server): Promise<Team> {
    const api = await Api.signIn(server.url, 'admin', ADMIN_PASSWORD);
    const { person } = await api.get<{ person: Person }>('/api/me');
    const { id, username, name } = person;
    return new Team(server, { id, username, name, password: ADMIN_PASSWORD, api });
  }

  async person(name: string, role: Person['role'] = 'member'): Promise<Member> {
    this.#made += 1;
    return this.personCalled(`${name.toLowerCase().replaceAll(/[^a-z]/g, '')}${this.#made}`, name, role);
  }

  async personCalled(username: string, name: string, role: Person['role'] = 'member'): Promise<Member> {
    const password = `password of ${username}`;
    const { id } = await this.admin.api.newPerson({ username, name, password, role });
    return { id, username, name, password, api: await Api.signIn(this.#server.url, username, password) };
  }

  /** As many members as there are names. */
  async people<const Names extends readonly string[]>(names: Names): Promise<{ [Index in keyof Names]: Member }> {
    const members = await Promise.all(names.map((name) => this.person(name)));
    return members as { [Index in keyof Names]: Member };
  }

  /** The first of the people makes it, and owns it. */
  room(name: string, [owner, ...others]: readonly Member[], kind: 'public' | 'private' = 'private'): Promise<RoomSummary> {
    if (owner === undefined) throw new Error('a room has somebody who made it');
    return owner.api.newRoom({ name, kind, people: others.map(({ id }) => id) });
  }
}

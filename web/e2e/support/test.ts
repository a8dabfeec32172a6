import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { Balancer } from './balancer';
import { watchForComplaints } from './complaints';
import { freshDatabase } from './database';
import { Proxy, type Blockable } from './proxy';
import { Redis } from './redis';
import { Server, type ServerOptions } from './server';
import { Team, type Member } from './team';

export { expect };

export interface VisitOptions extends BrowserContextOptions {
  /** Where the page comes from, when that is not the server of the test: for example a proxy. */
  origin?: string;
  /** Another tab of the same browser. */
  beside?: Page;
  /** What has to be done before the page loads. */
  before?: (page: Page) => Promise<void>;
}

export interface OwnServerOptions extends Omit<ServerOptions, 'database'> {
  database?: 'sqlite' | 'postgres';
}

export interface Site {
  nodes: [Server, Server];
  balancers: [Balancer, Balancer];
  redis: Redis;
  team: Team;
}

interface TestFixtures {
  /** Opens a page in a browser of its own, signed in as this person (null: as nobody). */
  visit: (who: Member | null, path: string, options?: VisitOptions) => Promise<Page>;
  /** A server for this test alone, which it may kill. */
  ownServer: (options?: OwnServerOptions) => Promise<{ server: Server; team: Team }>;
  /** Two servers on one database and one Redis; before each stands a balancer that prefers it to the other. */
  ownSite: () => Promise<Site>;
  /** A network between the browsers of this test and a server. */
  network: (server?: Server, blocked?: ReadonlySet<Blockable>) => Promise<Proxy>;
}

interface WorkerFixtures {
  /** The server that the tests of a worker share. */
  server: Server;
  team: Team;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],

  team: [async ({ server }, use) => use(await Team.of(server)), { scope: 'worker' }],

  baseURL: async ({ server }, use) => use(server.url),

  visit: async ({ browser, server, contextOptions, colorScheme, locale, viewport }, use) => {
    const opened: { context: BrowserContext; complaints: string[] }[] = [];
    const contextOf = async (who: Member | null, origin: string, options: BrowserContextOptions) => {
      const context = await browser.newContext({ ...contextOptions, colorScheme, locale, viewport, ...options });
      opened.push({ context, complaints: watchForComplaints(context) });
      if (who !== null) await context.addCookies([{ ...who.api.cookie, url: origin }]);
      return context;
    };

    await use(async (who, path, { origin = server.url, beside, before, ...options } = {}) => {
      const context = beside?.context() ?? (await contextOf(who, origin, options));
      const page = await context.newPage();
      await before?.(page);
      await page.goto(origin + path);
      return page;
    });

    await Promise.all(opened.map(({ context }) => context.close()));
    expect(opened.flatMap(({ complaints }) => complaints)).toEqual([]);
  },

  ownServer: async ({}, use, testInfo) => {
    const servers: Server[] = [];
    const databases: { drop(): Promise<void> }[] = [];
    await use(async ({ database, ...options } = {}) => {
      const fresh = database === 'postgres' ? await freshDatabase() : null;
      if (fresh) databases.push(fresh);
      const server = await Server.start(fresh ? { ...options, database: fresh.url } : options);
      servers.push(server);
      return { server, team: await Team.of(server) };
    });
    for (const server of servers) {
      await server.stop();
      if (testInfo.status !== testInfo.expectedStatus) await testInfo.attach('server.log', { body: server.log });
    }
    for (const database of databases) await database.drop();
  },

  ownSite: async ({}, use, testInfo) => {
    const ends: (() => Promise<void>)[] = [];
    await use(async () => {
      const database = await freshDatabase();
      ends.push(() => database.drop());
      const redis = await Redis.start();
      ends.push(() => redis.kill());
      const keys = await mkdtemp(join(tmpdir(), 'countersign-e2e-keys-'));
      ends.push(() => rm(keys, { recursive: true, force: true }));
      const vaultKey = join(keys, 'vault.key');
      const start = async () => {
        const node = await Server.start({ database: database.url, layer: redis.url, vaultKey });
        ends.push(async () => {
          await node.stop();
          if (testInfo.status !== testInfo.expectedStatus) await testInfo.attach('server.log', { body: node.log });
        });
        return node;
      };
      const nodes: [Server, Server] = [await start(), await start()];
      const balancers: [Balancer, Balancer] = [
        await Balancer.before(nodes[0], nodes[1]),
        await Balancer.before(nodes[1], nodes[0]),
      ];
      ends.push(...balancers.map((balancer) => () => balancer.close()));
      return { nodes, balancers, redis, team: await Team.of(nodes[0]) };
    });
    for (const end of ends.reverse()) await end();
  },

  network: async ({ server }, use) => {
    const proxies: Proxy[] = [];
    await use(async (target = server, blocked) => {
      const proxy = await Proxy.before(target, blocked);
      proxies.push(proxy);
      return proxy;
    });
    await Promise.all(proxies.map((proxy) => proxy.close()));
  },
});

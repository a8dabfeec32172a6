import type { Language } from '../../src/api/types';
import { Api } from './api';
import { picture, type Colour } from './picture';
import type { Server } from './server';
import { Team, type Member } from './team';

export interface Sample {
  member: Member;
  administrator: Member;
  rooms: Record<Language, { id: number; texts: readonly string[]; word: string }>;
  /** The path of an invitation that nobody has used. */
  invitation: string;
}

const devices = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
];

/** Bars that rise and fall, below a line that they may not pass. */
function chart(x: number, y: number): Colour {
  const height = 60 + 30 * Math.sin(Math.floor(x / 16) / 2.2);
  if (y === 28 && x % 8 < 5) return [220, 38, 38];
  return x % 16 > 3 && 132 - y < height && y < 132 ? [22, 163, 74] : [248, 250, 252];
}

type Voice = 'wu' | 'zhang' | 'ada' | 'li' | 'mei';

interface Talk {
  name: string;
  topic: string;
  /** A word that is said in it. */
  word: string;
  lines: readonly (readonly [Voice, string])[];
}

const talks: Record<Language, Talk> = {
  'zh-CN': {
    name: '商城 2.4 发布',
    topic: '周四晚上 8 点灰度，周五全量',
    word: '灰度',
    lines: [
      ['zhang', '大家下午好，2.4 的代码已经冻结，今晚 8 点开始灰度。'],
      ['li', '数据库迁移在预发布环境跑过了，耗时 **42 秒**，没有锁表。'],
      ['wu', '回滚步骤写好了吗？'],
      ['li', '写好了：\n\n1. 切回 `v2.3.9` 的镜像\n2. 执行 `migrate down 1`\n3. 清一次缓存'],
      ['mei', '支付回调我再压测一遍，十分钟后给结果。'],
      ['ada', '前端静态资源已经推到 CDN，命中率正常。'],
      ['mei', '压测结果：每秒 1200 单，P99 在 180 毫秒以内 👌'],
      ['zhang', '收到，那按计划先放 5% 的流量。'],
      ['wu', '同意，出现异常立刻在这里说。'],
    ],
  },
  en: {
    name: 'Shop 2.4 release',
    topic: 'Canary on Thursday at 8 pm, everybody on Friday',
    word: 'canary',
    lines: [
      ['ada', 'Good afternoon! The code of 2.4 is frozen, the canary starts at 8 pm.'],
      ['li', 'The migration ran on staging: **42 seconds**, and no table was locked.'],
      ['wu', 'Do we have the steps for a rollback?'],
      ['li', 'We do:\n\n1. back to the image `v2.3.9`\n2. `migrate down 1`\n3. clear the cache once'],
      ['mei', 'I will put load on the payment callback once more, ten minutes.'],
      ['zhang', 'The assets are on the CDN, and the hit rate looks good.'],
      ['mei', '1,200 orders a second, and the 99th percentile stays below 180 ms 👌'],
      ['ada', 'Then five percent of the traffic first, as planned.'],
      ['wu', 'Agreed. Whoever sees something odd says so here.'],
    ],
  },
};

/** A small team in the middle of its work, to look at; some of it is online until the signal ends that. */
export async function sampleTeam(server: Server, online: AbortSignal): Promise<Sample> {
  const team = await Team.of(server);
  const { admin } = team;
  const voices = {
    wu: await team.personCalled('wupeiqi', '武沛齐'),
    zhang: await team.personCalled('zhangkun', '张坤'),
    ada: await team.personCalled('ada', 'Ada Lovelace'),
    li: await team.personCalled('liming', '李明'),
    mei: await team.personCalled('xiaomei', '陈小美'),
  };
  await Promise.all([voices.zhang, voices.ada, voices.mei].map(({ api }) => api.stayOnline(online)));
  for (const device of devices) await Api.signIn(server.url, 'wupeiqi', voices.wu.password, device);
  const everybody = [voices.zhang, voices.wu, voices.ada, voices.li, voices.mei];

  await admin.api.patch('/api/me', { name: '管理员' });
  await team.room('值班', [voices.li, voices.wu, voices.mei]);
  await team.room('Design', [voices.ada, voices.wu, voices.mei], 'public');
  const lunch = await team.room('午饭吃什么', everybody, 'public');
  await voices.mei.api.say(lunch.id, '今天有人一起去吃面吗？');
  await voices.ada.api.say(lunch.id, `@${voices.wu.username} 上次那家不错`);
  const direct = await voices.zhang.api.direct(voices.wu.id);
  await voices.zhang.api.say(direct.id, '明天上午有空过一下方案吗？');

  const rooms = {} as Sample['rooms'];
  for (const language of ['en', 'zh-CN'] as const) rooms[language] = await tell(team, talks[language], voices, everybody);
  await voices.wu.api.post('/api/me/tokens', { name: 'Build server', days: 90 });
  await admin.api.post('/api/invitations', { role: 'member', uses: 5 });
  const { url } = await voices.zhang.api.post<{ url: string }>('/api/invitations', {
    role: 'guest',
    room: rooms['zh-CN'].id,
  });
  return { member: voices.wu, administrator: admin, rooms, invitation: new URL(url, server.url).pathname };
}

async function tell(
  team: Team,
  { name, topic, word, lines }: Talk,
  voices: Record<Voice, Member>,
  everybody: readonly Member[],
): Promise<Sample['rooms'][Language]> {
  const { id } = await team.room(name, everybody);
  await voices.zhang.api.command({ type: 'rename', room: id, topic });
  const seqs: number[] = [];
  for (const [voice, text] of lines) {
    const replyTo = voice === 'li' && seqs.length === 3 ? { reply_to: seqs[2] } : {};
    const ack = await voices[voice].api.command({ type: 'say', room: id, text, ...replyTo });
    seqs.push(ack.seq ?? 0);
  }
  for (const [who, index, emoji] of [
    ['wu', 1, '👍'],
    ['mei', 1, '👍'],
    ['zhang', 6, '🎉'],
    ['wu', 6, '🎉'],
    ['ada', 6, '🎉'],
  ] as const) {
    await voices[who].api.command({ type: 'react', room: id, seq: seqs[index] ?? 0, emoji, on: true });
  }
  const { id: file } = await voices.mei.api.upload(id, 'p99.png', picture(320, 140, chart));
  await voices.mei.api.command({ type: 'say', room: id, text: '', files: [file] });
  return { id, word, texts: lines.map(([, text]) => text) };
}

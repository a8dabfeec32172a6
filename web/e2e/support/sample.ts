import type { Language } from '../../src/api/types';
import { picture } from './picture';
import type { Server } from './server';
import { Team, type Member } from './team';

export interface Sample {
  member: Member;
  administrator: Member;
  rooms: Record<Language, { id: number; texts: readonly string[]; word: string }>;
  /** The path of an invitation that nobody has used. */
  invitation: string;
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

/** A small team in the middle of its work, to look at. */
export async function sampleTeam(server: Server): Promise<Sample> {
  const team = await Team.of(server);
  const { admin } = team;
  const names = { wu: '武沛齐', zhang: '张坤', ada: 'Ada Lovelace', li: '李明', mei: '陈小美' };
  const voices = {} as Record<Voice, Member>;
  for (const [voice, name] of Object.entries(names) as [Voice, string][]) voices[voice] = await team.person(name);
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
  const { id: file } = await voices.mei.api.upload(id, 'p99.png', picture(320, 120, [22, 163, 74]));
  await voices.mei.api.command({ type: 'say', room: id, text: '', files: [file] });
  return { id, word, texts: lines.map(([, text]) => text) };
}

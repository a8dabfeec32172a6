/** The emoji and the words that find it, Chinese and English. */
export interface Emoji {
  emoji: string;
  words: string;
}

const list = `
👍 赞 好 同意 thumbs up yes good ok
👎 反对 不 thumbs down no bad
👌 好的 没问题 ok perfect
✅ 完成 通过 同意 check done yes
❌ 取消 拒绝 不行 cross no reject
❓ 问题 疑问 question
❗ 重要 注意 important exclamation
⚠️ 警告 注意 warning careful
🎉 庆祝 恭喜 party tada celebrate
👏 鼓掌 clap applause bravo
🙏 谢谢 拜托 thanks please pray
🙌 太好了 举手 hooray praise
💪 加油 力量 strong muscle
🤝 合作 握手 handshake deal
👋 你好 再见 hello wave bye
🫡 收到 敬礼 salute roger
👀 看看 关注 eyes look
🔥 火 厉害 fire hot
🚀 发布 上线 火箭 rocket ship release
⭐ 星 收藏 star favourite
✨ 闪亮 新 sparkles new
💯 满分 百分 hundred perfect
❤️ 爱 心 heart love
💔 心碎 broken heart
😀 笑 开心 smile happy grin
😄 大笑 开心 laugh happy
😁 嘻嘻 grin beam
😆 哈哈 laughing
😂 笑哭 joy tears lol
🤣 笑翻 rofl rolling
😊 微笑 blush smile
🙂 微笑 slight smile
😉 眨眼 wink
😍 喜欢 爱 heart eyes love
😘 飞吻 kiss
😋 好吃 yum delicious
😎 酷 cool sunglasses
🤓 书呆子 nerd
🤔 思考 想想 thinking hmm
🤨 怀疑 raised eyebrow
😐 无语 neutral
😑 无语 expressionless
😶 沉默 no mouth silent
🙄 白眼 eye roll
😏 得意 smirk
😴 困 睡觉 sleep tired
🥱 哈欠 困 yawn
😅 尴尬 流汗 sweat smile
😓 汗 downcast sweat
😢 难过 哭 cry sad
😭 大哭 sob crying
😤 哼 生气 huff
😠 生气 angry
😡 愤怒 rage mad
🤯 震惊 mind blown
😱 惊恐 scream shock
😳 脸红 flushed
😨 害怕 fearful
🥺 拜托 可怜 pleading
🤗 拥抱 hug
🤫 嘘 安静 shush quiet
🫠 融化 melting
🤦 捂脸 facepalm
🤷 不知道 耸肩 shrug
🐛 虫 缺陷 bug
🔧 修复 工具 fix wrench tool
🔒 锁 安全 lock secure
🔑 钥匙 key
💡 主意 想法 idea bulb
📌 置顶 图钉 pin
📎 附件 paperclip attachment
📝 笔记 记录 memo note
📅 日历 日期 calendar date
📈 上升 增长 chart up growth
📉 下降 chart down
📦 包 打包 package box
🖥️ 电脑 服务器 computer server
📱 手机 phone mobile
⏰ 闹钟 时间 alarm clock time
⏳ 等待 沙漏 hourglass wait
🔁 重试 循环 repeat retry
⏸️ 暂停 pause hold
☕ 咖啡 休息 coffee break
🍵 茶 tea
🍺 啤酒 干杯 beer cheers
🍚 吃饭 米饭 rice lunch
🎂 生日 蛋糕 birthday cake
🌹 玫瑰 花 rose flower
☀️ 太阳 晴 sun
🌙 月亮 晚安 moon night
🌧️ 雨 rain
🐶 狗 dog
🐱 猫 cat
🇨🇳 中国 china flag`;

export const allEmoji: readonly Emoji[] = list
  .trim()
  .split('\n')
  .map((line) => {
    const at = line.indexOf(' ');
    return { emoji: line.slice(0, at), words: line.slice(at + 1).toLowerCase() };
  });

export function findEmoji(query: string): readonly Emoji[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return allEmoji;
  return allEmoji.filter(({ emoji, words }) => emoji === wanted || words.includes(wanted));
}

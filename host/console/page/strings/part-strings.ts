/** Sentences of the parts that pages are made of: in English, in Chinese. */
export const partStrings = {
  "part.cancel": ["Cancel", "取消"],
  "part.close": ["Close", "关闭"],
  "part.copy": ["Copy", "复制"],
  "part.copied": ["Copied.", "已复制。"],
  "part.undo": ["Undo", "撤销"],
  "part.dismiss": ["Dismiss", "关闭"],
  "part.loading": ["Loading …", "加载中……"],
  "part.retry": ["Try again", "重试"],
  "part.optional": ["optional", "可选"],
  "part.more": ["Show more", "显示更多"],
  "part.none": ["none", "无"],
  "part.messages": ["Messages", "消息"],
  "problem.network": ["The host does not answer", "主机没有响应"],
  "problem.networkText": [
    "It may have ended, or the network between here and there is down.",
    "主机可能已停止，或网络中断。",
  ],
  "problem.about": ["About {code}", "关于 {code}"],
  "problem.remedy": ["What to do", "解决办法"],
  "time.now": ["just now", "刚刚"],
} as const satisfies Record<string, readonly [string, string]>;

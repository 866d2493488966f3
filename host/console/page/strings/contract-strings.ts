/** Sentences about putting and removing contracts: in English, in Chinese. */
export const contractStrings = {
  "contract.putOne": ["Put a version", "提交版本"],
  "contract.putText": [
    "A component is a model of its own world; an encoded world will do too. What plugins miss of it is shown before anything changes.",
    "组件本身即描述其接口，也可以使用编码后的 WIT 接口。更改之前会显示哪些插件不满足。",
  ],
  "contract.world": ["World or component", "接口（WIT）或组件"],
  "contract.patterns": ["Plugins that are held to it", "受其约束的插件"],
  "contract.patternsHint": [
    "Names and patterns such as discount-*, with spaces between; empty: those that it has.",
    "名称或 discount-* 之类的模式，以空格分隔；留空：保持现有的。",
  ],
  "contract.needs": ["Choose a file and a name first.", "请先选择文件并填写名称。"],
  "contract.impact": ["Show the impact", "查看影响"],
  "contract.would": ["This would be {name}", "将成为 {name}"],
  "contract.miss": [
    "{n} live plugin does not satisfy it.|{n} live plugins do not satisfy it.",
    "{n} 个在线插件不满足它。",
  ],
  "contract.noMiss": ["All live plugins that are held to it satisfy it.", "受其约束的在线插件全部满足。"],
  "contract.putIt": ["Put it", "提交"],
  "contract.isPut": ["{name} is put.", "{name} 已提交。"],
  "contract.removeText": [
    "All its versions go with it. Plugins are not changed by that.",
    "其所有版本将一并移除。插件不受影响。",
  ],
} as const satisfies Record<string, readonly [string, string]>;

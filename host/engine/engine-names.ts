export const engineNames = ["direct", "jco"] as const;
/** `direct`: Hotcell's own. `jco`: jco's generated code, to compare with. */
export type EngineName = (typeof engineNames)[number];

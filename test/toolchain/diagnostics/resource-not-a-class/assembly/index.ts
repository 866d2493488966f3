export function Blob(): void {}

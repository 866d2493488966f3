/** Signal by which somebody stops a program: resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };
    let signalled = false;
    for (const [signal, exitCode] of Object.entries(signals)) {
      process.on(signal, () => {
        if (signalled) process.exit(exitCode);
        signalled = true;
        resolve();
      });
    }
  });
}

import { runCommand } from './command.ts';

const started = runCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
// Before the address is printed, since its reader may send a signal at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await (await started).simulator?.stop();
    process.exit(0);
  });
}
process.exitCode = (await started).exitCode;

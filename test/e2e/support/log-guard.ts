/**
 * Vitest setup file: fails a file of tests that had its stack log a token, a user's whole number, or a fault that no test
 * makes. What is logged after the last test of a file counts for the file that has the stack next.
 */
import { afterAll, expect } from 'vitest';
import { own, unexpected } from './log-lines.ts';
import { fileLines, functionLines, leaksIn } from './logs.ts';
import { usersOfTests } from './users.ts';

const byFile = () => Map.groupBy(fileLines(), ({ from }) => from);
const before = byFile();

afterAll(async () => {
  const written = [...byFile()].flatMap(([from, lines]) => lines.slice(before.get(from)?.length ?? 0));
  expect(leaksIn(written, await usersOfTests())).toEqual([]);
  expect(unexpected(own(functionLines(written)))).toEqual([]);
});

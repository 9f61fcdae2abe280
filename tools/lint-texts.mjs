/**
 * Lints texts as if they were the files they name, without writing them: JSON `[{ file, text }]` on standard input,
 * the messages of each on standard output. For the test of the import rules.
 */
import { ESLint } from 'eslint';
import { json } from 'node:stream/consumers';
import { root } from './typescript.mjs';

const eslint = new ESLint({ cwd: root });
const answers = [];
for (const { file, text } of await json(process.stdin)) {
  const [result] = await eslint.lintText(text, { filePath: file });
  answers.push((result?.messages ?? []).map(({ ruleId, message }) => `${ruleId}: ${message}`));
}
process.stdout.write(JSON.stringify(answers));

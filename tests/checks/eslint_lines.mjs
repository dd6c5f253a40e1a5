// How ESLint tells its findings to eslint.sh: a line each, as compilers write them.
import { relative } from 'node:path';

export default (results) =>
  results
    .flatMap(({ filePath, messages }) =>
      messages.map(
        ({ line, message, ruleId }) =>
          `${relative('.', filePath)}:${line ?? 1}: ${message.replaceAll('\n', ' ')}${ruleId ? ` (${ruleId})` : ''}`,
      ),
    )
    .join('\n');

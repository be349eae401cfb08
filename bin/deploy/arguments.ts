import { parseArgs } from 'node:util';
import { PlainError } from '../../lib/plain-error.ts';

export interface DeployArguments {
  /** What `cdk` needs to find the stack: the stage, other context, the profile. */
  readonly target: readonly string[];
  readonly profile: string | undefined;
  /** Which changes a person must approve, as `cdk deploy` takes it. */
  readonly approval: readonly string[];
  /** Logical ids of findings that the person accepts. */
  readonly accepted: readonly string[];
  readonly smokeTest: boolean;
  /** Everything else, for `cdk deploy`. */
  readonly rest: readonly string[];
}

/** What a safe deploy decides itself. */
const DECIDED = [
  'method',
  'execute',
  'change-set-name',
  'rollback-trigger-alarm-arns',
  'monitoring-time-minutes',
  'app',
  'output',
  'hotswap',
  'hotswap-fallback',
  'watch',
  'express',
  'rollback',
  'force',
];
/** In short: -a is --app. */
const SHORT: Readonly<Record<string, string>> = { a: 'app', o: 'output', m: 'method', R: 'rollback', f: 'force' };

/**
 * The command line of `npm run deploy -- <stage> [options]`. The stage can also be given as the CDK takes it, `-c stage=<stage>`.
 *
 * @throws PlainError if an option contradicts what a deploy does
 */
export function readArguments(args: readonly string[]): DeployArguments {
  const [first = '-'] = args;
  const stage = first.startsWith('-') ? undefined : first;
  const options = stage === undefined ? [...args] : args.slice(1);
  const { values, tokens } = parseArgs({
    args: options,
    options: {
      context: { type: 'string', short: 'c', multiple: true },
      profile: { type: 'string' },
      accept: { type: 'string', multiple: true },
      'require-approval': { type: 'string' },
      'smoke-test': { type: 'boolean' },
    },
    strict: false,
    allowNegative: true,
    tokens: true,
  });
  const context = [values.context ?? []].flat().map(String);
  if (stage !== undefined && context.some((one) => one.startsWith('stage='))) {
    throw new PlainError(`Two stages are named: ${stage}, and -c ${context.find((one) => one.startsWith('stage='))}`);
  }
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const name = SHORT[token.name] ?? token.name.replace(/^no-/, '');
    if (DECIDED.includes(name)) {
      throw new PlainError(
        `${token.rawName}: a deploy of this project decides that itself (docs/deploy.md). \`npx cdk deploy\` takes it.`,
      );
    }
    if (!Object.hasOwn(OWN, name)) continue;
    taken.add(token.index);
    if (token.value !== undefined && !token.inlineValue) taken.add(token.index + 1);
  }
  const profile = typeof values.profile === 'string' ? values.profile : undefined;
  const approval = values['require-approval'];
  return {
    target: [
      ...(profile === undefined ? [] : ['--profile', profile]),
      ...[...(stage === undefined ? [] : [`stage=${stage}`]), ...context].flatMap((one) => ['-c', one]),
    ],
    profile,
    approval: typeof approval === 'string' ? ['--require-approval', approval] : [],
    accepted: [values.accept ?? []].flat().map(String),
    smokeTest: values['smoke-test'] !== false,
    rest: options.filter((_, index) => !taken.has(index)),
  };
}

/** Options that are not simply passed on. */
const OWN = { context: true, profile: true, accept: true, 'require-approval': true, 'smoke-test': true };

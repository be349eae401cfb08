import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';
import { SecretTokenSource } from '../../../lambdas/adapters/secrets/token-source.ts';
import { SECRET_PLACEHOLDER } from '../../../lambdas/contract/token-secret.ts';
import { TokenMissingError } from '../../../lambdas/core/errors.ts';
import { type AwsAnswer, cannedAws } from '../../support/canned-aws.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:WhatsAppToken-AbCdEf';
const NUMBER = '106540352242922';
const OTHER = '106540352242923';
const SECRET = `--region eu-central-1 --secret-id '${ARN}'`;
/** Of all that may be wrong the same: the whole secret in an editor, so that no other number loses its token. */
const COMMAND = `(umask 077 && aws secretsmanager get-secret-value ${SECRET} --query SecretString --output text > tokens.json && vi tokens.json && aws secretsmanager put-secret-value ${SECRET} --secret-string file://tokens.json && rm tokens.json)`;
const DO = 'The team that runs this service has to put one into its token secret; its README says how.';
const CORRECT_IT = 'The team that runs this service has to correct it; its README says how.';
const META = { provider: 'meta', batchLimit: 1_000 };

/** A source over a secret that a test can replace, at a time that a test can move. */
async function sourceOf(secret: string | AwsAnswer) {
  const state = { secret, now: 1_000 };
  const { received, options } = await cannedAws(() =>
    typeof state.secret === 'string' ? { body: { ARN, SecretString: state.secret } } : state.secret,
  );
  const source = new SecretTokenSource(new SecretsManagerClient(options), ARN, () => state.now);
  return { source, state, received };
}

async function missing(secret: string, number = NUMBER): Promise<TokenMissingError> {
  const { source } = await sourceOf(secret);
  const error = await source.credentials(number).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TokenMissingError) return error;
  throw new Error(`No TokenMissingError: ${String(error)}`);
}

describe('the secret', () => {
  test('is asked for by its ARN', async () => {
    const { source, received } = await sourceOf('EAAJBabc');
    await source.credentials(NUMBER);
    expect(received).toEqual([{ target: 'secretsmanager.GetSecretValue', input: { SecretId: ARN } }]);
  });

  test.each(['EAAJBabc', '  EAAJBabc\n'])('can be the bare token %j, for every number', async (secret) => {
    const { source } = await sourceOf(secret);
    expect(await source.credentials(NUMBER)).toEqual({ token: 'EAAJBabc', ...META });
    expect(await source.credentials(OTHER)).toEqual({ token: 'EAAJBabc', ...META });
  });

  test('can name a token for every number, and another one for some', async () => {
    const { source } = await sourceOf(
      JSON.stringify({
        default: { token: 'EAAJBdefault', appSecret: 'app-secret' },
        numbers: { [OTHER]: { token: 'pk_live_other', provider: 'splashify' } },
      }),
    );
    expect(await source.credentials(NUMBER)).toEqual({ token: 'EAAJBdefault', appSecret: 'app-secret', ...META });
    expect(await source.credentials(OTHER)).toEqual({
      token: 'pk_live_other',
      provider: 'splashify',
      batchLimit: 500,
      isOwn: true,
    });
  });

  test.each(['EAAJBabc\n', ' EAAJBabc '])('can hold the token %j in JSON, as it was pasted', async (token) => {
    const { source } = await sourceOf(JSON.stringify({ default: { token }, numbers: { [OTHER]: { token } } }));
    expect(await source.credentials(NUMBER)).toEqual({ token: 'EAAJBabc', ...META });
    expect(await source.credentials(OTHER)).toEqual({ token: 'EAAJBabc', ...META, isOwn: true });
  });

  test('can name tokens for some numbers only', async () => {
    const { source } = await sourceOf(JSON.stringify({ numbers: { [NUMBER]: { token: 'EAAJBone' } } }));
    expect(await source.credentials(NUMBER)).toMatchObject({ token: 'EAAJBone' });
    await expect(source.credentials(OTHER)).rejects.toThrow(
      expect.objectContaining({
        message: `No access token for phone number id ${OTHER} yet. ${DO}`,
        othersHaveOne: true,
      }),
    );
  });
});

describe('a number that is retired', () => {
  const SECRET = JSON.stringify({
    default: { token: 'EAAJBdefault', appSecret: 'app-secret' },
    numbers: { [NUMBER]: { token: 'EAAJBone', appSecret: 'one' }, [OTHER]: { token: 'EAAJBother' } },
    retired: [NUMBER],
  });

  test('has no token, even if the secret has one for it, and says why', async () => {
    const error = await missing(SECRET);
    expect(error.message).toBe(`${NUMBER} is out of use: the token secret lists it as retired.`);
    expect(error).toMatchObject({ isRetired: true, command: undefined });
    const { source } = await sourceOf(SECRET);
    expect(await source.credentials(OTHER)).toMatchObject({ token: 'EAAJBother' });
    await expect(source.renewed(NUMBER, { token: 'EAAJBone', ...META, provider: 'meta' })).rejects.toMatchObject({
      isRetired: true,
    });
  });

  test('has no app secret, and none of its tokens is checked', async () => {
    const { source } = await sourceOf(SECRET);
    expect(await source.appSecrets(NUMBER)).toEqual({});
    expect((await source.all()).map(({ credentials }) => credentials?.token)).toEqual(['EAAJBdefault', 'EAAJBother']);
  });

  test('is named by its digits', async () => {
    expect((await missing(JSON.stringify({ default: { token: 'x' }, retired: ['+1'] }))).message).toContain(
      'retired.0 is not a phone number id: use digits only',
    );
  });
});

describe('the app secret by which webhooks of a number are signed', () => {
  const secretsOf = async (secret: string, number = NUMBER) => (await sourceOf(secret)).source.appSecrets(number);
  const default_ = { token: 'EAAJBdefault', appSecret: 'app-secret' };
  const numbers = (entry: object) => JSON.stringify({ default: default_, numbers: { [NUMBER]: entry } });

  test('is its own, or the default of every number that has no token of its own', async () => {
    expect(await secretsOf(numbers({ token: 'EAAJBone', appSecret: ' one\n' }))).toEqual({ own: 'one' });
    expect(await secretsOf(numbers({ token: 'EAAJBone' }), OTHER)).toEqual({ own: 'app-secret' });
    expect(await secretsOf(numbers({ token: '', appSecret: 'one' }))).toEqual({ own: 'one' });
  });

  test("may be the default's if the number has another token, of the same provider", async () => {
    expect(await secretsOf(numbers({ token: 'EAAJBone' }))).toEqual({ shared: 'app-secret' });
    expect(await secretsOf(numbers({ token: 'pk_live', provider: 'splashify' }))).toEqual({});
  });

  test.each(['EAAJBabc', SECRET_PLACEHOLDER, '{}', JSON.stringify({ numbers: { [NUMBER]: { token: 'x' } } })])(
    'is unknown to %s',
    async (secret) => {
      expect(await secretsOf(secret)).toEqual({});
    },
  );

  test('does not count as missing if the secret cannot be read', async () => {
    await expect(secretsOf('{"default":{"token":"x","appSecret":""}}')).rejects.toThrow('default.appSecret is empty');
  });
});

describe('until the token is put into it', () => {
  test.each([
    ['the placeholder of a new stack', SECRET_PLACEHOLDER],
    ['nothing', ''],
    ['spaces', ' \n'],
    ['an empty object', '{}'],
    ['a token of spaces', JSON.stringify({ default: { token: ' \n' } })],
    [
      'an empty token of the number, with any default',
      JSON.stringify({ default: { token: 'EAAx' }, numbers: { [NUMBER]: { token: '' } } }),
    ],
  ])('every call fails with that reason, and has the command for the log only: %s', async (name, secret) => {
    const error = await missing(secret);
    expect(error.message).toBe(`No access token for phone number id ${NUMBER} yet. ${DO}`);
    expect(error).toMatchObject({ command: COMMAND, othersHaveOne: name.includes('with any default') });
  });

  test('a secret without a text counts as missing', async () => {
    const { source } = await sourceOf({ body: { ARN, SecretBinary: 'RUFB' } });
    await expect(source.credentials(NUMBER)).rejects.toThrow(TokenMissingError);
  });
});

describe('the error of a secret that cannot be read says where to look, but never what it contains', () => {
  const CONTENT = 'EAAJBveryPrivate';
  test.each([
    ['no end', `{"default":{"token":"${CONTENT}"`, 'not valid JSON: look at line 1, column 39.'],
    ['single quotes', `{'default':{'token':'${CONTENT}'}}`, 'not valid JSON: look at line 1, column 2.'],
    ['a comma too many', `{"default":{"token":"${CONTENT}"},\n}`, 'not valid JSON: look at line 2, column 1.'],
    [
      'a text without quotes',
      `{"default":{"token":${CONTENT}}}`,
      'not valid JSON: look for a text without double quotes.',
    ],
    ['one brace', '{', 'not valid JSON: look at line 1, column 2.'],
    ['nothing behind a name', `{"${CONTENT}":`, 'not valid JSON: its end is missing.'],
    ['no first brace', `"default":{"token":"${CONTENT}"}}`, 'nor JSON, which begins with a brace.'],
    ['a list', `[{"token":"${CONTENT}"}]`, 'nor JSON, which begins with a brace.'],
    ['two tokens', `${CONTENT} ${CONTENT}`, 'nor JSON, which begins with a brace.'],
    ['a token in quotes', `"${CONTENT}"`, 'nor JSON, which begins with a brace.'],
    [
      'a token that is no text',
      `{"default":{"token":["${CONTENT}"]}}`,
      ': default.token must be a string in double quotes.',
    ],
    [
      'no token',
      `{"default":{"access_token":"${CONTENT}"}}`,
      ': default.token must be a string in double quotes; default has a field other than token, appSecret and provider.',
    ],
    ['a default that is a text', `{"default":"${CONTENT}"}`, ': default must be an object in braces.'],
    ['numbers that are a list', `{"numbers":["${CONTENT}"]}`, ': numbers must be an object in braces.'],
    [
      'unknown fields',
      `{"token":"${CONTENT}"}`,
      ': the top level has a field other than default, numbers and retired.',
    ],
    [
      'an unknown provider',
      `{"default":{"token":"${CONTENT}","provider":"${CONTENT}"}}`,
      ': default.provider must be "meta" or "splashify".',
    ],
    [
      'an empty app secret',
      `{"default":{"token":"${CONTENT}","appSecret":""}}`,
      ': default.appSecret is empty: leave it out if there is none.',
    ],
    [
      'an app secret of spaces, of a number',
      `{"numbers":{"${NUMBER}":{"token":"${CONTENT}","appSecret":" \\n"}}}`,
      `: appSecret of phone number id ${NUMBER} is empty: leave it out if there is none.`,
    ],
    [
      'a number with a plus',
      `{"numbers":{"+106540352242922":{"token":"${CONTENT}"}}}`,
      ': numbers has a key that is not a phone number id: use digits only.',
    ],
    [
      'the token in place of the number',
      `{"numbers":{"${CONTENT}":{"token":"x"}}}`,
      ': numbers has a key that is not a phone number id: use digits only.',
    ],
    [
      'a number without a token',
      `{"numbers":{"${NUMBER}":"${CONTENT}"}}`,
      `: the entry of phone number id ${NUMBER} must be an object in braces.`,
    ],
  ])('%s', async (_, secret, where) => {
    const error = await missing(secret);
    expect(error.message).toContain(`${where} ${CORRECT_IT}`);
    expect(error.message).toMatch(/^The token secret .* its README says how\.$/);
    expect(error.message).not.toContain(ARN);
    expect(error).toMatchObject({ command: COMMAND, othersHaveOne: false });
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(CONTENT);
  });
});

describe('the token', () => {
  test('is read once a minute', async () => {
    const { source, state, received } = await sourceOf('EAAJBold');
    await source.credentials(NUMBER);
    state.secret = 'EAAJBnew';
    state.now += 59_999;
    expect(await source.credentials(OTHER)).toMatchObject({ token: 'EAAJBold' });
    expect(received).toHaveLength(1);
    state.now += 1;
    expect(await source.credentials(OTHER)).toMatchObject({ token: 'EAAJBnew' });
    expect(received).toHaveLength(2);
  });

  test('is read once for simultaneous calls', async () => {
    const { source, received } = await sourceOf('EAAJBabc');
    const asked = await Promise.all(Array.from({ length: 20 }, () => source.credentials(NUMBER)));
    expect(new Set(asked.map(({ token }) => token))).toEqual(new Set(['EAAJBabc']));
    expect(received).toHaveLength(1);
  });

  test('is read again after a read that failed', async () => {
    const { source, state, received } = await sourceOf({ error: 'ResourceNotFoundException' });
    await expect(Promise.all([source.credentials(NUMBER), source.credentials(NUMBER)])).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    );
    state.secret = 'EAAJBabc';
    expect(await source.credentials(NUMBER)).toMatchObject({ token: 'EAAJBabc' });
    expect(received).toHaveLength(2);
  });

  test('is read again after a malformed secret', async () => {
    const { source, state } = await sourceOf('{');
    await expect(source.credentials(NUMBER)).rejects.toThrow(TokenMissingError);
    state.secret = 'EAAJBabc';
    expect(await source.credentials(NUMBER)).toMatchObject({ token: 'EAAJBabc' });
  });
});

describe('a token that Graph refused', () => {
  test('is replaced if the secret has another one by now', async () => {
    const { source, state, received } = await sourceOf('EAAJBold');
    const refused = await source.credentials(NUMBER);
    state.secret = 'EAAJBnew';
    expect(await source.renewed(NUMBER, refused)).toEqual({ token: 'EAAJBnew', ...META });
    expect(await source.credentials(NUMBER)).toMatchObject({ token: 'EAAJBnew' });
    expect(received).toHaveLength(2);
  });

  test('has no replacement if the secret is the same', async () => {
    const { source, received } = await sourceOf('EAAJBold');
    const refused = await source.credentials(NUMBER);
    expect(await source.renewed(NUMBER, refused)).toBeUndefined();
    expect(received).toHaveLength(2);
  });

  test('has no replacement if only the token of another number changed', async () => {
    const secret = (other: string) =>
      JSON.stringify({ default: { token: 'EAAJBold' }, numbers: { [OTHER]: { token: other } } });
    const { source, state } = await sourceOf(secret('EAAJBone'));
    const refused = await source.credentials(NUMBER);
    state.secret = secret('EAAJBtwo');
    expect(await source.renewed(NUMBER, refused)).toBeUndefined();
  });
});

test('the token of every number that is not named is renewed without a number', async () => {
  const secret = (token: string) =>
    JSON.stringify({ default: { token }, numbers: { [OTHER]: { token: 'EAAJBother' } } });
  const { source, state } = await sourceOf(secret('EAAJBold'));
  const refused = await source.credentials(NUMBER);
  expect(await source.renewed(undefined, refused)).toBeUndefined();
  state.secret = secret('EAAJBnew');
  expect(await source.renewed(undefined, refused)).toEqual({ token: 'EAAJBnew', ...META });
  state.secret = SECRET_PLACEHOLDER;
  await expect(source.renewed(undefined, refused)).rejects.toThrow(`No access token yet. ${DO}`);
});

describe('all tokens', () => {
  const THIRD = '106540352242924';
  const all = async (secret: object | string) =>
    (await sourceOf(typeof secret === 'string' ? secret : JSON.stringify(secret))).source.all();

  test('are one if the secret is the bare token', async () => {
    expect(await all(' EAAJBabc')).toEqual([
      { credentials: { token: 'EAAJBabc', ...META }, phoneNumberIds: [], isDefault: true },
    ]);
  });

  test('are each there once, with the numbers that name it', async () => {
    const one = { token: 'EAAJBone', appSecret: 'app-secret' };
    const two = { token: 'pk_live_two', provider: 'splashify' };
    const numbers = { [NUMBER]: two, [OTHER]: one, [THIRD]: two };
    expect(await all({ default: one, numbers })).toEqual([
      { credentials: { ...one, ...META }, phoneNumberIds: [OTHER], isDefault: true },
      { credentials: { ...two, batchLimit: 500 }, phoneNumberIds: [NUMBER, THIRD], isDefault: false },
    ]);
  });

  test.each([
    ['provider', { token: 'EAAJBone', provider: 'splashify' }],
    ['app secret', { token: 'EAAJBone', appSecret: 'another' }],
  ])('are two if only the %s differs', async (_, other) => {
    expect(await all({ default: { token: 'EAAJBone' }, numbers: { [NUMBER]: other } })).toMatchObject([
      { phoneNumberIds: [], isDefault: true },
      { phoneNumberIds: [NUMBER], isDefault: false },
    ]);
  });

  test('name the numbers whose token is still empty, and not the empty default of a new stack', async () => {
    const numbers = { [NUMBER]: { token: 'EAAJBone' }, [OTHER]: { token: '' }, [THIRD]: { token: '', appSecret: 'x' } };
    expect(await all({ default: { token: '' }, numbers })).toEqual([
      { credentials: { token: 'EAAJBone', ...META }, phoneNumberIds: [NUMBER], isDefault: false },
      { credentials: undefined, phoneNumberIds: [OTHER, THIRD], isDefault: false },
    ]);
  });

  test('are none while the secret is as the first deploy left it', async () => {
    const { source, state } = await sourceOf(SECRET_PLACEHOLDER);
    expect(await source.all()).toEqual([]);
    state.secret = 'EAAJBnew';
    expect(await source.credentials(NUMBER)).toMatchObject({ token: 'EAAJBnew' });
  });

  test.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['an empty token that somebody wrote', '{ "default": { "token": "" } }'],
    ['only numbers without a token', JSON.stringify({ numbers: { [NUMBER]: { token: '' } } })],
  ])('are missing, with the command that sets one: %s', async (_, secret) => {
    await expect(all(secret)).rejects.toThrow(
      new TokenMissingError(`No access token yet. ${DO}`, { command: COMMAND }),
    );
  });

  test('are those of a secret that was replaced a moment ago', async () => {
    const { source, state } = await sourceOf('EAAJBold');
    await source.credentials(NUMBER);
    state.secret = 'EAAJBnew';
    expect(await source.all()).toMatchObject([{ credentials: { token: 'EAAJBnew' } }]);
    expect(await source.credentials(NUMBER)).toMatchObject({ token: 'EAAJBnew' });
  });
});

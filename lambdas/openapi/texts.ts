import type { Route } from '../contract/routes.ts';

/** Groups of routes, in the order in which people read them. */
export const TAGS = {
  Blocklist: 'Block and unblock users, and see who is blocked. Requests and answers are those of Graph',
  'Look up': 'What is known of users and numbers, from the mirror: Graph is not called',
  Jobs: 'Requests that are carried out in parts after they were accepted',
  Service: 'Webhooks, and the service itself',
} as const;

interface Text {
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
}

const FIELDS_ANYWHERE =
  'The fields may also be sent as a form, with lists as JSON text, or in the query. Each field is sent in one place.';

export const TEXTS: Readonly<Record<Route['handler'], Text>> = {
  blockUsers: {
    tag: 'Blocklist',
    summary: 'Block users',
    description: `Up to 1,000 distinct users are blocked while the caller waits. More become a job: the answer is 202. ${FIELDS_ANYWHERE}`,
  },
  unblockUsers: {
    tag: 'Blocklist',
    summary: 'Unblock users',
    description: `Up to 1,000 distinct users are unblocked while the caller waits. More become a job: the answer is 202. ${FIELDS_ANYWHERE}`,
  },
  listBlockedUsers: {
    tag: 'Blocklist',
    summary: 'List blocked users',
    description: 'From the mirror, with cursors that other changes do not break.',
  },
  getBlockedUser: { tag: 'Look up', summary: 'Is this user blocked?' },
  lookupUsers: {
    tag: 'Look up',
    summary: 'Which of these users are blocked?',
    description: 'Up to 1,000 users: the check before sending.',
  },
  getUserHistory: { tag: 'Look up', summary: 'What happened to this user?', description: 'Newest first.' },
  getBlocklist: { tag: 'Look up', summary: 'How full is the list, and what runs on it?' },
  listOperations: {
    tag: 'Look up',
    summary: 'What was done to this number?',
    description: 'One row for each call to Graph, newest first. A page may be short, or empty, and have a `next`.',
  },
  startReconciliation: {
    tag: 'Look up',
    summary: "Compare the mirror with Graph's list now",
    description: 'One reconciliation of a number runs at a time. It is done when `reconciled_at` has changed.',
  },
  createJobs: {
    tag: 'Jobs',
    summary: 'Block or unblock users on several numbers',
    description: `Each number gets a job of its own. ${FIELDS_ANYWHERE}`,
  },
  listJobs: {
    tag: 'Jobs',
    summary: 'List jobs',
    description: 'Newest first. A page may be short, or empty, and have a `next`.',
  },
  getJob: { tag: 'Jobs', summary: 'How far is this job?' },
  listJobUsers: { tag: 'Jobs', summary: 'What became of the users of this job?' },
  cancelJob: {
    tag: 'Jobs',
    summary: 'Cancel what a job has not sent',
    description: 'Requests in progress finish. Safe to repeat.',
  },
  retryJob: {
    tag: 'Jobs',
    summary: 'Retry the users of a job that failed',
    description: 'In the same job, and only those. Safe to repeat.',
  },
  receiveWebhook: {
    tag: 'Service',
    summary: 'Forward a webhook of WhatsApp',
    description:
      'Users with a deferred block are blocked as soon as they write, and users who change their number or id are followed. The body is what WhatsApp sent, unchanged.',
  },
  getOpenApi: { tag: 'Service', summary: 'This document' },
  health: { tag: 'Service', summary: 'Is the service up?' },
};

export const TITLE = 'WhatsApp blocklist';

/** The first page of the document; the table of codes follows. */
export const INTRODUCTION = `Blocks, unblocks and looks up WhatsApp users for a team's own numbers, in front of Meta's Block Users API.

**Callers** sign each request with AWS Signature Version 4 for the service \`execute-api\`, or, if the stage has key callers, send
\`Authorization: Bearer <key>\`. \`x-scope\` of an operation is the scope that a caller needs.

**Numbers.** Each route of a number also exists without \`/{version}\`.

**Bodies** are JSON, or forms. A name that a route does not know is refused. \`…/block_users\` ignores the parameters that Graph takes on
every call (\`access_token\`, \`debug\`, …).

**Answers.** Every answer has an \`x-request-id\`. Every error has Graph's shape, with one of these codes, or another one that Graph gave:`;

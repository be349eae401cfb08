/** Paths of the routes, with what callers put in encoded. */
const part = encodeURIComponent;

export const paths = {
  users: (number: string) => `/${part(number)}/block_users`,
  user: (number: string, user: string) => `/${part(number)}/block_users/${part(user)}`,
  userHistory: (number: string, user: string) => `/${part(number)}/block_users/${part(user)}/history`,
  lookup: (number: string) => `/${part(number)}/block_users/lookup`,
  everywhere: (user: string) => `/users/${part(user)}`,
  historyEverywhere: (user: string) => `/users/${part(user)}/history`,
  eraseUser: (user: string) => `/users/${part(user)}/erase`,
  protectedUsers: '/protected_users',
  protectedUser: (user: string) => `/protected_users/${part(user)}`,
  numbers: '/numbers',
  blocklist: (number: string) => `/${part(number)}/blocklist`,
  reconcile: (number: string) => `/${part(number)}/blocklist/reconcile`,
  operations: (number: string) => `/${part(number)}/operations`,
  jobs: '/jobs',
  job: (id: string) => `/jobs/${part(id)}`,
  jobUsers: (id: string) => `/jobs/${part(id)}/users`,
  jobAction: (id: string, action: 'cancel' | 'retry' | 'revert') => `/jobs/${part(id)}/${action}`,
  keys: '/keys',
  key: (id: string) => `/keys/${part(id)}`,
  rotateKey: (id: string) => `/keys/${part(id)}/rotate`,
  health: '/health',
} as const;

/** AWS answers in milliseconds; a call that hangs is given up and tried again while the caller is still waiting. */
export const AWS_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

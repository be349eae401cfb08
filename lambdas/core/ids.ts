/** The format of ids in paths, bodies and the inputs of tasks. */
export const PHONE_NUMBER_ID = /^\d{1,32}$/;
/** The id of a batch, and the end of a job's. */
export const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
/** `<phone number id>-<ULID>` */
export const JOB_ID = /^\d{1,32}-[0-9A-HJKMNP-TV-Z]{26}$/;
/** In the place of a phone number id: what concerns every number, such as an audit event of a user on all of them. */
export const EVERY_NUMBER = '*';

/**
 * What a new token secret holds until an operator puts the token in. Never a usable token. Never to be changed: the next
 * deploy would write it over every token that was put in.
 */
export const SECRET_PLACEHOLDER = '{"default":{"token":""}}';

import { timingSafeEqual } from "node:crypto";

// The only function of workerd that the mutated files call and Node does not have in this place.
Object.assign(crypto.subtle, { timingSafeEqual });

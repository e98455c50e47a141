/** What this API is called, for whoever asks it. */
export const service = { name: "Edgebank", version: "1.0.0" } as const;

import package_json from "../package.json" with { type: "json" };

/** What this API is called, for whoever asks it. Its version is that of the package. */
export const service = { name: "Edgebank", version: package_json.version } as const;

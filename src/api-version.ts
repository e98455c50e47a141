import package_json from "../package.json" with { type: "json" };

/** The name and version of this API, as it answers them. The version is that of the package. */
export const api = { name: "Edgebank", version: package_json.version } as const;

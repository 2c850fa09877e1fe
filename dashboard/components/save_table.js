// A table as a file: written in the browser, so that no script runs and nothing waits on the server.

export default function ({ parentElement, data: { name, rows } }) {
  const quoted = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  parentElement.querySelector(".save-table").onclick = () => {
    const text = rows.map((row) => row.map(quoted).join(",")).join("\r\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.download = `${name}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
}

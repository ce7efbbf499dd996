#include "reports/reach_tables.h"

#include <fmt/format.h>

#include <algorithm>

namespace ww::reports {
namespace {

struct Cell {
  std::string row;
  std::string column;
  uint64_t visits = 0;
};

struct Table {
  std::string name;
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<Cell> cells;
  uint64_t visits = 0;
};

void AddOnce(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::vector<Table> Tables(const std::vector<std::string>& all_sites,
                          const std::map<std::string, uint64_t>& reached) {
  std::vector<Table> tables;
  for (const std::string& site : all_sites) {
    if (!IsTableCell(site)) continue;
    const size_t first = site.find('.');
    const size_t second = site.find('.', first + 1);
    const std::string name = site.substr(0, first);
    if (tables.empty() || tables.back().name != name) tables.push_back({name, {}, {}, {}, 0});
    Table& table = tables.back();
    const auto seen = reached.find(site);
    const uint64_t visits = seen == reached.end() ? 0 : seen->second;
    Cell cell{site.substr(first + 1, second - first - 1), site.substr(second + 1), visits};
    AddOnce(table.rows, cell.row);
    AddOnce(table.columns, cell.column);
    table.cells.push_back(std::move(cell));
    table.visits += visits;
  }
  return tables;
}

std::string Row(const Table& table, const std::string& row) {
  std::string text = fmt::format("    {:<20}", row);
  for (const std::string& column : table.columns) {
    const auto cell = std::find_if(table.cells.begin(), table.cells.end(), [&](const Cell& one) {
      return one.row == row && one.column == column;
    });
    text +=
        cell == table.cells.end() ? fmt::format("{:>12}", "") : fmt::format("{:>12}", cell->visits);
  }
  return text + "\n";
}

}  // namespace

bool IsTableCell(const std::string& site) { return std::count(site.begin(), site.end(), '.') == 2; }

std::string ReachTables(const std::vector<std::string>& all_sites,
                        const std::map<std::string, uint64_t>& reached) {
  std::string text;
  for (const Table& table : Tables(all_sites, reached)) {
    if (table.visits == 0) continue;
    text += fmt::format("  {:<22}", "visits of " + table.name);
    for (const std::string& column : table.columns) text += fmt::format("{:>12}", column);
    text += "\n";
    for (const std::string& row : table.rows) text += Row(table, row);
  }
  return text;
}

}  // namespace ww::reports

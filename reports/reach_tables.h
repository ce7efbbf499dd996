// Tables of reach sites: those whose names have the form TABLE.ROW.COLUMN, as rows and columns with
// how often each was visited. Rows and columns come in the order in which the names are given.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ww::reports {

// Whether a site is a cell of a table.
bool IsTableCell(const std::string& site);

// Every table of which anything was visited, as indented lines for people; empty when there is
// none.
std::string ReachTables(const std::vector<std::string>& all_sites,
                        const std::map<std::string, uint64_t>& reached);

}  // namespace ww::reports
